using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Storage.Operations;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using OperationState = Dendrite.V1.OperationState;

namespace Dendrite.ComparisonService.Tests.Operations;

public sealed class OperationTests : IAsyncLifetime
{
    private ReplicatedService service = null!;

    public async ValueTask InitializeAsync() => service = await ReplicatedService.StartAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task What_was_asked_is_done_and_its_response_kept()
    {
        var replica = await service.AddAsync();

        var done = await replica.WaitAsync(await replica.StartAsync("hello"));

        Assert.Equal((OperationState.Succeeded, HeldTask.MethodName), (done.State, done.Method));
        Assert.Equal("hello", done.Response.Unpack<StringValue>().Value);
        Assert.Equal("a test", done.Creator);
        Assert.True(done.CreateTime <= done.EndTime);
        Assert.Equal(done, await replica.GetAsync(done));
    }

    [Fact]
    public async Task The_same_work_asked_for_again_joins_the_running_one_and_is_then_answered_from_what_it_gave()
    {
        var (one, other) = (await service.AddAsync(), await service.AddAsync());
        var go = new TaskCompletionSource();
        one.Held.Do = other.Held.Do = async (_, text, _) =>
        {
            await go.Task;
            return new StringValue { Value = text };
        };

        var asked = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : other).StartAsync("once", "the same"))
        );
        var different = await one.StartAsync("twice", "another");
        go.SetResult();
        var done = await one.WaitAsync(asked[0]);
        var later = await other.StartAsync("once", "the same");
        await one.WaitAsync(different);

        Assert.Single(asked.Select(operation => operation.Name).Distinct());
        Assert.Equal(done, later);
        Assert.NotEqual(done.Name, different.Name);
        Assert.Equal(["once", "twice"], one.Held.Runs.Concat(other.Held.Runs).Order());
    }

    [Fact]
    public async Task Work_that_takes_more_to_say_than_is_kept_of_it_is_refused()
    {
        var replica = await service.AddAsync();

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => replica.StartAsync(new string('x', 8 << 20)));
        var done = await replica.WaitAsync(await replica.StartAsync(new string('x', 3 << 20)));

        Assert.Equal(ErrorReason.QuotaExceeded, refusal.Reason);
        Assert.Equal(OperationState.Succeeded, done.State);
    }

    [Fact]
    public async Task A_repeated_request_finds_its_operation_and_the_id_is_good_for_no_other()
    {
        var replica = await service.AddAsync();
        var mutation = service.NewMutation();

        var first = await replica.StartAsync("one", mutation: mutation);
        var again = await replica.StartAsync("one", mutation: mutation);
        var other = await Assert.ThrowsAsync<DendriteException>(() =>
            replica.StartAsync("one", mutation: mutation with { RequestDigest = [.. Enumerable.Repeat((byte)1, 32)] })
        );
        await replica.WaitAsync(first);

        Assert.Equal(first.Name, again.Name);
        Assert.Equal(ErrorReason.RequestIdReused, other.Reason);
        Assert.Single(replica.Held.Runs);
    }

    [Fact]
    public async Task Many_replicas_do_each_piece_of_work_once()
    {
        Replica[] replicas = [await service.AddAsync(), await service.AddAsync(), await service.AddAsync()];

        var asked = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(i => replicas[i % replicas.Length].StartAsync($"{i:00}"))
        );
        foreach (var operation in asked)
        {
            Assert.Equal(OperationState.Succeeded, (await replicas[0].WaitAsync(operation)).State);
        }

        Assert.Equal(
            Enumerable.Range(0, 60).Select(i => $"{i:00}"),
            replicas.SelectMany(replica => replica.Held.Runs).Order()
        );
    }

    [Fact]
    public async Task A_replica_that_fell_silent_is_taken_over_and_what_it_says_later_counts_for_nothing()
    {
        var silent = await service.AddAsync(("Operations:MaxConcurrent", "1"));
        var (woken, refused) = (new TaskCompletionSource(), new TaskCompletionSource<Exception?>());
        silent.Held.Do = async (work, _, _) =>
        {
            await work.KeepAsync([new("so far", [1, 2, 3])], CancellationToken.None);
            await woken.Task;
            refused.SetResult(
                await Xunit.Record.ExceptionAsync(() =>
                    work.KeepAsync([new("so far", [6, 6, 6])], CancellationToken.None)
                )
            );
            return new StringValue { Value = "by the silent one" };
        };
        var operation = await silent.StartAsync("work");
        await silent.Held.BegunAsync();
        while (await service.CountPartsAsync() == 0)
        {
            await Task.Yield();
        }

        var heir = await service.AddAsync();
        heir.Held.Do = async (work, _, token) =>
        {
            var kept = await work.FindPartAsync("so far", token);
            woken.SetResult();
            await refused.Task;
            return new BytesValue { Value = ByteString.CopyFrom(kept) };
        };
        await service.LetLeasesPassAsync();
        var done = await heir.WaitAsync(operation);

        Assert.Equal([1, 2, 3], done.Response.Unpack<BytesValue>().Value.ToByteArray());
        Assert.IsAssignableFrom<OperationCanceledException>(await refused.Task);
        Assert.Equal(0, await service.CountPartsAsync());
        await silent.DisposeAsync();
        Assert.Equal(done, await heir.GetAsync(operation));
    }

    [Fact]
    public async Task A_replica_that_stops_gives_its_work_back_at_once()
    {
        var stopping = await service.AddAsync();
        stopping.Held.Do = (_, _, token) => HeldTask.WaitForStopAsync(token);
        var operation = await stopping.StartAsync("work");
        await stopping.Held.BegunAsync();
        var heir = await service.AddAsync();

        await stopping.DisposeAsync();

        Assert.Equal(OperationState.Succeeded, (await heir.WaitAsync(operation)).State);
        Assert.Equal(["work"], heir.Held.Runs);
    }

    [Fact]
    public async Task Progress_is_told()
    {
        var replica = await service.AddAsync();
        var (told, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        replica.Held.Do = async (work, text, token) =>
        {
            await work.TellAsync("halfway", 5, 10, "samples", token);
            told.SetResult();
            await end.Task;
            return new StringValue { Value = text };
        };

        var operation = await replica.StartAsync("work");
        await told.Task;
        var running = await replica.GetAsync(operation);
        end.SetResult();
        await replica.WaitAsync(operation);

        Assert.Equal(OperationState.Running, running.State);
        Assert.Equal(
            new Dendrite.V1.OperationProgress
            {
                Step = "halfway",
                Done = 5,
                Total = 10,
                Unit = "samples",
            },
            running.Progress
        );
    }

    [Fact]
    public async Task Work_that_is_asked_to_stop_stops_wherever_it_runs_and_is_joined_by_nobody()
    {
        var (worker, other) = (await service.AddAsync(("Operations:Lease", "00:00:01")), await service.AddAsync());
        worker.Held.Do = (_, _, token) => HeldTask.WaitForStopAsync(token);
        other.Held.Do = worker.Held.Do;
        var operation = await worker.StartAsync("work", "the same");
        await (await Task.WhenAny(worker.Held.BegunAsync(), other.Held.BegunAsync()));

        var asked = await other.Operations.CancelOperationAsync(new() { Name = operation.Name }, service.Key);
        other.Held.Do = worker.Held.Do = (_, text, _) => Task.FromResult<IMessage>(new StringValue { Value = text });
        var next = await other.StartAsync("work", "the same");
        var done = await other.WaitAsync(operation);

        Assert.Contains(asked.Operation.State, new[] { OperationState.Cancelling, OperationState.Cancelled });
        Assert.Equal(OperationState.Cancelled, done.State);
        Assert.Equal(ErrorReason.OperationCancelled, NestedStatus.ToError(done.Error)!.Reason);
        Assert.NotEqual(operation.Name, next.Name);
        Assert.Equal(OperationState.Succeeded, (await other.WaitAsync(next)).State);
        var again = await other.Operations.CancelOperationAsync(new() { Name = operation.Name }, service.Key);
        Assert.Equal(done, again.Operation);
    }

    [Fact]
    public async Task Of_work_that_is_cancelled_while_it_waits_no_part_stays_behind()
    {
        var stopping = await service.AddAsync();
        var kept = new TaskCompletionSource();
        stopping.Held.Do = async (work, _, token) =>
        {
            await work.KeepAsync([new("so far", [1, 2, 3])], token);
            kept.SetResult();
            return await HeldTask.WaitForStopAsync(token);
        };
        var operation = await stopping.StartAsync("work");
        await kept.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await stopping.DisposeAsync();
        Assert.Equal(1, await service.CountPartsAsync());

        var store = new OperationStore(new(service.Database.Comparison));
        var id = operation.Name.Split('/')[^1];
        var mutation = service.NewMutation();
        var cancelled = await store.CancelAsync(service.Project, id, [], mutation, CancellationToken.None);
        Assert.NotNull(cancelled.EndTime);
        Assert.Equal(0, await service.CountPartsAsync());
    }

    [Fact]
    public async Task A_refusal_is_the_operations_error_with_its_details()
    {
        var replica = await service.AddAsync();
        replica.Held.Do = (_, _, _) => throw DendriteException.Invalid("options.bands", "has none; give one");

        var done = await replica.WaitAsync(await replica.StartAsync("work", "the same"));
        var again = await replica.StartAsync("work", "the same");
        await replica.WaitAsync(again);

        Assert.Equal(OperationState.Failed, done.State);
        var error = NestedStatus.ToError(done.Error)!;
        Assert.Equal(ErrorReason.InvalidArgument, error.Reason);
        Assert.Equal("options.bands", Assert.Single(error.FieldViolations).Field);
        Assert.NotEqual(done.Name, again.Name);
    }

    [Fact]
    public async Task What_is_away_for_the_moment_is_tried_again()
    {
        var replica = await service.AddAsync();
        var tries = 0;
        replica.Held.Do = (_, text, _) =>
            ++tries < 3
                ? throw new DendriteException(ErrorReason.Unavailable, "away")
                : Task.FromResult<IMessage>(new StringValue { Value = text });

        var done = await replica.WaitAsync(await replica.StartAsync("work"));

        Assert.Equal((OperationState.Succeeded, 3), (done.State, tries));
    }

    [Fact]
    public async Task An_unforeseen_failure_is_logged_and_its_text_is_not_told()
    {
        var replica = await service.AddAsync();
        replica.Service.Logs.ExpectErrors(entry =>
            entry.Message.Contains("failed in attempt 1", StringComparison.Ordinal)
        );
        replica.Held.Do = (_, _, _) => throw new InvalidOperationException("a secret");

        var done = await replica.WaitAsync(await replica.StartAsync("work"));

        Assert.Equal((OperationState.Failed, (int)Grpc.Core.StatusCode.Internal), (done.State, done.Error.Code));
        Assert.DoesNotContain("secret", done.Error.Message, StringComparison.Ordinal);
        Assert.Contains(done.Name[^36..], done.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_that_takes_its_replicas_down_ends_after_some_attempts()
    {
        var replica = await service.AddAsync(("Operations:MaxAttempts", "2"), ("Operations:MaxConcurrent", "3"));
        var end = new TaskCompletionSource();
        replica.Held.Do = async (_, text, _) =>
        {
            // As one that died: it neither ends nor renews.
            await service.LetLeasesPassAsync();
            await end.Task;
            return new StringValue { Value = text };
        };
        var operation = await replica.StartAsync("work");

        var done = await replica.WaitAsync(operation);
        end.SetResult();

        Assert.Equal(OperationState.Failed, done.State);
        Assert.Contains("begun 2 times", done.Error.Message, StringComparison.Ordinal);
        Assert.Equal(2, replica.Held.Runs.Count);
    }

    [Fact]
    public async Task Operations_are_listed_newest_first_by_page_without_what_they_made()
    {
        var replica = await service.AddAsync();
        List<Operation> asked = [];
        for (var i = 0; i < 5; i++)
        {
            asked.Add(await replica.WaitAsync(await replica.StartAsync($"{i}")));
        }

        var (listed, token) = (new List<Operation>(), "");
        do
        {
            var page = await replica.Operations.ListOperationsAsync(
                new()
                {
                    Parent = "projects/lab",
                    PageSize = 2,
                    PageToken = token,
                },
                service.Key
            );
            listed.AddRange(page.Operations);
            token = page.NextPageToken;
        } while (token.Length > 0);

        Assert.Equal(asked.Select(one => one.Name).Reverse(), listed.Select(one => one.Name));
        Assert.All(listed, one => Assert.Null(one.Response));
        Assert.Equal(asked[3].Name, Assert.Single((await ListAsync("state = SUCCEEDED AND create_time = ", 3))).Name);
        Assert.Empty(await ListAsync("state = RUNNING OR create_time = ", 3, "creator = nobody AND "));

        async Task<IEnumerable<Operation>> ListAsync(string filter, int at, string before = "")
        {
            filter = $"{before}{filter}\"{asked[at].CreateTime.ToDateTime():O}\"";
            var request = new ListOperationsRequest { Parent = "projects/lab", Filter = filter };
            return (await replica.Operations.ListOperationsAsync(request, service.Key)).Operations;
        }
    }

    [Fact]
    public async Task What_is_done_can_be_forgotten_and_what_is_not_cannot()
    {
        var replica = await service.AddAsync();
        var end = new TaskCompletionSource();
        replica.Held.Do = async (_, text, _) =>
        {
            await end.Task;
            return new StringValue { Value = text };
        };
        var operation = await replica.StartAsync("work", "the same");
        var request = new DeleteOperationRequest
        {
            Name = operation.Name,
            RequestId = $"{ComparisonFixture.NewUid(7)}",
        };

        var early = await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () =>
            await replica.Operations.DeleteOperationAsync(new() { Name = operation.Name }, service.Key)
        );
        end.SetResult();
        await replica.WaitAsync(operation);
        await replica.Operations.DeleteOperationAsync(request, service.Key);
        await replica.Operations.DeleteOperationAsync(request, service.Key);
        var gone = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => replica.GetAsync(operation));
        var anew = await replica.StartAsync("work", "the same");
        await replica.WaitAsync(anew);

        Assert.Equal(ErrorReason.OperationActive, ErrorStatus.FromRpcException(early)!.Reason);
        Assert.Equal(ErrorReason.OperationNotFound, ErrorStatus.FromRpcException(gone)!.Reason);
        Assert.NotEqual(operation.Name, anew.Name);
    }

    [Fact]
    public async Task A_wait_that_is_over_says_how_the_operation_stands()
    {
        var replica = await service.AddAsync();
        replica.Held.Do = (_, _, token) => HeldTask.WaitForStopAsync(token);
        var operation = await replica.StartAsync("work");
        var now = new WaitOperationRequest { Name = operation.Name, Timeout = new() };

        var at = (await replica.Operations.WaitOperationAsync(now, service.Key)).Operation;
        now.Timeout = null;
        var deadline = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1);
        var until = (await replica.Operations.WaitOperationAsync(now, service.Key, deadline)).Operation;

        Assert.False(at.EndTime is not null || until.EndTime is not null);
    }
}
