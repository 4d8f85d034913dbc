using Dendrite.Access;
using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Filters;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Operations;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Operations;

/// <summary>Answers <c>dendrite.v1.OperationService</c>: the operations of all services.</summary>
public sealed class OperationRpc(
    ReachedProjects projects,
    OperationStore store,
    OperationSignals signals,
    DrainState drain,
    TimeProvider time
) : OperationService.OperationServiceBase
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    /// <summary>Between two looks while waiting: soon at first, for most work is short.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(1);

    /// <summary>The contract's names with what is stored.</summary>
    private static readonly Dictionary<string, string> States = new[]
    {
        "PENDING",
        "RUNNING",
        "CANCELLING",
        "SUCCEEDED",
        "FAILED",
        "CANCELLED",
    }.ToDictionary(name => name, name => name.ToLowerInvariant());

    /// <summary>What is left of a call's deadline for the answer.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(200);

    public override async Task<GetOperationResponse> GetOperation(
        GetOperationRequest request,
        ServerCallContext context
    )
    {
        var (name, project) = await FindProjectAsync(request.Name, context);
        var found = await store.GetAsync(project.Id, name.Operation, context.CancellationToken);
        return new() { Operation = OperationMessages.Of(project.Name, found) };
    }

    public override async Task<ListOperationsResponse> ListOperations(
        ListOperationsRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = [nameof(ListOperations), request.Parent, request.Filter];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var filter = ReadFilter(request.Filter);
        var after = TimedPlace.Parse(page.Place);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await store.ListAsync(project, filter, after, page.Limit, context.CancellationToken);
        return new()
        {
            Operations = { page.Of(found).Select(operation => OperationMessages.Of(parent, operation)) },
            NextPageToken = page.TokenAfter(found, last => $"{new TimedPlace(last.CreateTime, last.Id)}"),
        };
    }

    /// <summary>
    /// Looks again and again: whoever works on it may be another replica. UNAVAILABLE where this one stops: nobody has
    /// to wait for those who wait.
    /// </summary>
    public override async Task<WaitOperationResponse> WaitOperation(
        WaitOperationRequest request,
        ServerCallContext context
    )
    {
        var wait = ReadTimeout(request.Timeout);
        var (name, project) = await FindProjectAsync(request.Name, context);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, drain.Draining);
        var until = time.GetUtcNow() + wait;
        var pause = FirstLook;
        while (true)
        {
            var found = await store.GetAsync(project.Id, name.Operation, context.CancellationToken);
            var left = Shorter(until - time.GetUtcNow(), context.Deadline - AnswerTime - time.GetUtcNow().UtcDateTime);
            if (found.IsDone || left <= TimeSpan.Zero)
            {
                return new() { Operation = OperationMessages.Of(project.Name, found) };
            }

            await Task.Delay(Shorter(pause, left), time, either.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            context.CancellationToken.ThrowIfCancellationRequested();
            ThrowIfStopping(name);
            pause = Shorter(pause * 2, LastLook);
        }
    }

    public override async Task<CancelOperationResponse> CancelOperation(
        CancelOperationRequest request,
        ServerCallContext context
    )
    {
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var (name, project) = await FindProjectAsync(request.Name, context);
        var error = NestedStatus.Of(OperationErrors.Cancelled()).ToByteArray();
        var (id, token) = (name.Operation, context.CancellationToken);
        var cancelled = await store.CancelAsync(project.Id, id, error, mutation, token);
        signals.TellStop(project.Id, id);
        return new() { Operation = OperationMessages.Of(project.Name, cancelled) };
    }

    public override async Task<DeleteOperationResponse> DeleteOperation(
        DeleteOperationRequest request,
        ServerCallContext context
    )
    {
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var (name, project) = await FindProjectAsync(request.Name, context);
        await store.DeleteAsync(project.Id, name.Operation, mutation, context.CancellationToken);
        return new();
    }

    private async Task<(OperationName Name, WorkProject Project)> FindProjectAsync(
        string operation,
        ServerCallContext context
    )
    {
        var name = OperationName.Parse(operation);
        return (name, new(await projects.ReachAsync(context, name.Project), name.Parent));
    }

    private void ThrowIfStopping(OperationName name)
    {
        if (drain.Draining.IsCancellationRequested)
        {
            throw new DendriteException(
                ErrorReason.Unavailable,
                $"This replica is stopping: wait for {name} again at another one."
            )
            {
                RetryAfter = TimeSpan.FromMilliseconds(100),
            };
        }
    }

    private static RowCondition ReadFilter(string filter) =>
        FilterMapping.Map(
            filter,
            comparison =>
                comparison.Field.Name switch
                {
                    "state" => FilterMapping.OneOf(comparison, OperationListFields.State, States),
                    "method" => FilterMapping.Text(comparison, OperationListFields.Method),
                    "creator" => FilterMapping.Text(comparison, OperationListFields.Creator),
                    "create_time" => FilterMapping.Instant(comparison, OperationListFields.CreateTime),
                    _ => throw FilterError.UnknownField(comparison.Field, "state, method, creator and create_time"),
                }
        );

    private static TimeSpan ReadTimeout(Duration? timeout)
    {
        if (timeout is null)
        {
            return MaxWait;
        }

        return timeout.Seconds >= 0 && timeout.Nanos is >= 0 and <= 999_999_999
            ? TimeSpan.FromSeconds(Math.Min(timeout.Seconds + (timeout.Nanos / 1e9), MaxWait.TotalSeconds))
            : throw DendriteException.Invalid("timeout", "is negative or malformed; give 0 to 600 seconds");
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
