#include "aws/services.h"

#include "aws/cloudwatch/service.h"
#include "aws/dynamodb/service.h"
#include "aws/kinesis/service.h"
#include "aws/sns/service.h"
#include "aws/sqs/service.h"
#include "aws/sts/service.h"

namespace millrace::aws {

std::vector<std::unique_ptr<Service>> make_services(engine::Engine& engine, const ServiceOptions& options) {
  std::vector<std::unique_ptr<Service>> services;
  auto topics = std::make_unique<sns::Sns>(
      engine, sns::SnsOptions{.relaxed = options.relaxed, .base_url = options.base_url, .outside = options.outside});
  services.push_back(std::make_unique<sqs::Sqs>(
      engine, sqs::SqsOptions{.relaxed = options.relaxed, .published = &topics->published()}));
  services.push_back(std::move(topics));
  services.push_back(std::make_unique<sts::Sts>());
  services.push_back(
      std::make_unique<cloudwatch::CloudWatch>(engine, cloudwatch::CloudWatchOptions{.relaxed = options.relaxed}));
  services.push_back(
      std::make_unique<dynamodb::DynamoDb>(engine, dynamodb::DynamoDbOptions{.relaxed = options.relaxed}));
  services.push_back(std::make_unique<kinesis::Kinesis>(
      engine, kinesis::KinesisOptions{.relaxed = options.relaxed, .delay = options.kinesis_delay}));
  return services;
}

}  // namespace millrace::aws
