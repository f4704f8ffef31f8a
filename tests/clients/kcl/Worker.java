// A consumer on the Kinesis Client Library, as its users write one. It tells on standard output, line by line, what it is
// given; kcl_suite.py starts several, kills some, and compares.
//
//   java Worker ENDPOINT STREAM APPLICATION WORKER polling|fan-out
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudwatch.CloudWatchAsyncClient;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.kinesis.common.ConfigsBuilder;
import software.amazon.kinesis.common.InitialPositionInStream;
import software.amazon.kinesis.common.InitialPositionInStreamExtended;
import software.amazon.kinesis.common.KinesisClientUtil;
import software.amazon.kinesis.coordinator.Scheduler;
import software.amazon.kinesis.lifecycle.events.InitializationInput;
import software.amazon.kinesis.lifecycle.events.LeaseLostInput;
import software.amazon.kinesis.lifecycle.events.ProcessRecordsInput;
import software.amazon.kinesis.lifecycle.events.ShardEndedInput;
import software.amazon.kinesis.lifecycle.events.ShutdownRequestedInput;
import software.amazon.kinesis.processor.ShardRecordProcessor;
import software.amazon.kinesis.processor.SingleStreamTracker;
import software.amazon.kinesis.retrieval.KinesisClientRecord;
import software.amazon.kinesis.retrieval.fanout.FanOutConfig;
import software.amazon.kinesis.retrieval.polling.PollingConfig;

public final class Worker {
  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  /** Checkpoints after every batch, so that a killed worker's records come again from there and not from the beginning. */
  private static final class Processor implements ShardRecordProcessor {
    private String shard = "";

    @Override
    public void initialize(InitializationInput input) {
      shard = input.shardId();
      say("began " + shard);
    }

    @Override
    public void processRecords(ProcessRecordsInput input) {
      for (KinesisClientRecord record : input.records()) {
        byte[] bytes = new byte[record.data().remaining()];
        record.data().duplicate().get(bytes);
        say("record " + shard + " " + record.sequenceNumber() + " " + record.partitionKey() + " "
            + new String(bytes, StandardCharsets.UTF_8));
      }
      if (input.records().isEmpty()) return;
      try {
        input.checkpointer().checkpoint();
      } catch (Exception failed) {
        say("not-checkpointed " + shard + " " + failed.getClass().getSimpleName());
      }
    }

    @Override
    public void leaseLost(LeaseLostInput input) {
      say("lost " + shard);
    }

    @Override
    public void shardEnded(ShardEndedInput input) {
      try {
        input.checkpointer().checkpoint();
        say("ended " + shard);
      } catch (Exception failed) {
        say("not-ended " + shard + " " + failed);
      }
    }

    @Override
    public void shutdownRequested(ShutdownRequestedInput input) {
      say("stopping " + shard);
    }
  }

  public static void main(String[] arguments) {
    URI endpoint = URI.create(arguments[0]);
    String stream = arguments[1];
    String application = arguments[2];
    String worker = arguments[3];
    boolean fanOut = arguments[4].equals("fan-out");
    var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "secret"));
    KinesisAsyncClient kinesis = KinesisClientUtil.createKinesisAsyncClient(
        KinesisAsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1).credentialsProvider(credentials));
    DynamoDbAsyncClient dynamo =
        DynamoDbAsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1).credentialsProvider(credentials).build();
    CloudWatchAsyncClient watch =
        CloudWatchAsyncClient.builder().endpointOverride(endpoint).region(Region.US_EAST_1).credentialsProvider(credentials).build();

    SingleStreamTracker tracker = new SingleStreamTracker(
        stream, InitialPositionInStreamExtended.newInitialPosition(InitialPositionInStream.TRIM_HORIZON));
    ConfigsBuilder configs =
        new ConfigsBuilder(tracker, application, kinesis, dynamo, watch, worker, Processor::new);
    var retrieval = configs.retrievalConfig();
    if (fanOut) {
      retrieval.retrievalSpecificConfig(new FanOutConfig(kinesis).streamName(stream).applicationName(application));
    } else {
      retrieval.retrievalSpecificConfig(new PollingConfig(stream, kinesis).idleTimeBetweenReadsInMillis(200));
    }
    // The library's defaults wait tens of seconds before they take a lease over; a test is in a hurry.
    var leases = configs.leaseManagementConfig().failoverTimeMillis(2000).shardSyncIntervalMillis(1000)
                     .leasesRecoveryAuditorExecutionFrequencyMillis(1000);
    leases.workerUtilizationAwareAssignmentConfig().disableWorkerMetrics(true);
    Scheduler scheduler = new Scheduler(
        configs.checkpointConfig(),
        configs.coordinatorConfig().parentShardPollIntervalMillis(500).shardConsumerDispatchPollIntervalMillis(200),
        leases, configs.lifecycleConfig(), configs.metricsConfig().metricsBufferTimeMillis(1000),
        configs.processorConfig(), retrieval);
    say("up " + worker + " " + UUID.randomUUID());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        scheduler.startGracefulShutdown().get();
      } catch (Exception ignored) {
        // It is going away in any case.
      }
    }));
    scheduler.run();
  }
}
