// Callback: a function to be called later, at most once unless its user says otherwise. Move-only, so that it may own
// what it needs. The engine below the doors is written with these and not with coroutines: a group commit completes
// hundreds of requests at once, the simulator must run every step, and a coroutine frame per request buys nothing there.
#pragma once
#include <functional>

namespace millrace {

template <class Signature>
using Callback = std::move_only_function<Signature>;

}  // namespace millrace
