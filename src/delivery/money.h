// Amounts of money, as prices of text messages have them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.h"

namespace millrace::delivery {

// Millionths of a US dollar.
using MicroUsd = Strong<struct MicroUsdTag, std::int64_t>;

inline constexpr MicroUsd one_usd{1'000'000};
// More than any limit of the services.
inline constexpr MicroUsd usd_max{1'000'000 * one_usd.get()};

// "12" or "0.00645", from 0 to usd_max and with at most six digits behind the point; nothing for any other text.
std::optional<MicroUsd> read_usd(std::string_view text);
// As short as it can be: "0.00645".
std::string write_usd(MicroUsd amount);

}  // namespace millrace::delivery
