using Dendrite.SchedulerService.Alerts.Channels;
using Dendrite.Storage;
using Dendrite.Storage.Alerts;
using Dendrite.Storage.Requests;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;
using Npgsql;
using Status = Dendrite.Rpc.Status;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Sends a trial message by each channel of a rule, now: quiet hours are no reason to wait for it.</summary>
internal sealed class AlertTrial(
    PlatformDatabase database,
    IdempotencyStore requests,
    AlertPost post,
    TimeProvider time
)
{
    /// <summary>
    /// One round trip, and one more for a request that can be repeated; and one attempt by each channel.
    /// </summary>
    public async Task<TestAlertRuleResponse> SendAsync(
        (string Name, ProjectId Id) project,
        AlertRuleRecord rule,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        if (await requests.FindAsync(project.Id, mutation, cancellationToken) is { } done)
        {
            return TestAlertRuleResponse.Parser.ParseFrom(done);
        }

        var message = AlertMapper.MessageOf(project.Name, rule) with
        {
            StartTime = time.GetUtcNow(),
            // Two that come at once with one id send it twice with one id, and receivers know it again.
            DeliveryId = (mutation.RequestId ?? Guid.CreateVersion7(time.GetUtcNow())).ToString(),
        };
        var results = await Task.WhenAll(
            AlertChannels
                .Parse(rule.ChannelsJson)
                .Select(channel => post.SendAsync(project.Name, channel, message, cancellationToken))
        );
        var response = new TestAlertRuleResponse();
        response.Deliveries.AddRange(results.Select(ToStatus));
        await using var batch = database.CreateBatch(project.Id);
        IdempotencyStore.AddTo(batch, mutation, response.ToByteArray());
        try
        {
            await batch.ExecuteAsync(cancellationToken);
            return response;
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return TestAlertRuleResponse.Parser.ParseFrom(
                (await requests.FindAsync(project.Id, mutation, cancellationToken))!
            );
        }
    }

    private static Status ToStatus(SendResult result) =>
        result.Problem is { } problem
            ? new()
            {
                Code = (int)(result.IsFinal ? StatusCode.FailedPrecondition : StatusCode.Unavailable),
                Message = problem,
            }
            : new() { Code = (int)StatusCode.OK };
}
