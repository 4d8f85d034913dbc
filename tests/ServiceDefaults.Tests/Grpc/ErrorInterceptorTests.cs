using System.Data.Common;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Fixtures.Hosting;
using Dendrite.V1;
using Grpc.Core;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dendrite.ServiceDefaults.Tests.Grpc;

public sealed class ErrorInterceptorTests : IAsyncLifetime
{
    private readonly ScriptedScheduler scheduler = new();
    private RunningService? service;

    private RunningService Service => service!;

    public async ValueTask InitializeAsync() => service = await TestServices.StartAsync(scheduler);

    public ValueTask DisposeAsync() => Service.DisposeAsync();

    [Fact]
    public async Task A_refusal_reaches_the_client_with_its_details_and_is_information()
    {
        var refusal = DendriteException.Invalid("name", "'X' is no job: use projects/{project}/jobs/{job}");
        var error = await FailAsync(_ => throw refusal);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(refusal.Message, error.Status.Detail);
        var received = ErrorStatus.FromRpcException(error)!;
        Assert.Equal(ErrorReason.InvalidArgument, received.Reason);
        Assert.Equal(refusal.FieldViolations, received.FieldViolations);
        var line = Assert.Single(Service.Logs.Entries, entry => entry.Id.Id == 1201);
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Null(line.Exception);
    }

    [Fact]
    public async Task What_was_not_planned_says_nothing_of_itself_but_a_trace_id_that_the_log_has_too()
    {
        Service.Logs.ExpectErrors(entry => entry.Id.Id == 1205);
        var error = await FailAsync(_ => throw new InvalidOperationException("secret inside"));
        Assert.Equal(StatusCode.Internal, error.StatusCode);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        var received = ErrorStatus.FromRpcException(error)!;
        Assert.Equal(ErrorReason.Internal, received.Reason);
        Assert.Contains(received.Metadata["trace_id"], received.Message, StringComparison.Ordinal);
        var line = Assert.Single(Service.Logs.Entries, entry => entry.Level is LogLevel.Error);
        Assert.Contains("secret inside", line.Exception!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_that_the_handler_chose_passes()
    {
        var error = await FailAsync(_ => throw new RpcException(new Status(StatusCode.Aborted, "chosen")));
        Assert.Equal((StatusCode.Aborted, "chosen"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task A_database_that_is_away_is_unavailable_and_worth_another_try()
    {
        var error = await FailAsync(_ => throw new DatabaseAway());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.NotNull(ErrorStatus.FromRpcException(error)!.RetryAfter);
    }

    [Fact]
    public async Task A_method_that_nobody_implements_is_told_from_one_that_does_not_exist()
    {
        using var channel = Service.Channel();
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            channel.Client().PauseJobAsync(new PauseJobRequest()).ResponseAsync.Bounded()
        );
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Equal(ErrorReason.NotImplemented, ErrorStatus.FromRpcException(error)!.Reason);
    }

    [Fact]
    public async Task A_cancelled_call_is_no_error_of_ours()
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        scheduler.OnGetJob = async (_, context) =>
        {
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            finally
            {
                ended.SetResult();
            }

            return new GetJobResponse();
        };
        using var channel = Service.Channel();
        using var cancel = new CancellationTokenSource();
        var call = channel.Client().GetJobAsync(new GetJobRequest(), cancellationToken: cancel.Token).ResponseAsync;
        await begun.Task.Bounded();
        await cancel.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.Bounded());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await ended.Task.Bounded();
    }

    [Fact]
    public async Task A_client_that_left_before_the_call_is_told_is_no_error_of_ours()
    {
        using var cancel = new CancellationTokenSource();
        var isTold = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        scheduler.OnGetJob = (_, context) =>
        {
            isTold.SetResult(context.CancellationToken.IsCancellationRequested);
            throw new IOException("The client reset the request stream.");
        };
        using var channel = Service.Channel();
        var call = channel.Client().GetJobAsync(new GetJobRequest(), cancellationToken: cancel.Token).ResponseAsync;
        Assert.False(await isTold.Task.Bounded());
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<RpcException>(() => call.Bounded());
        // What ends the service fails where an error was logged.
    }

    [Fact]
    public async Task A_broken_pipe_of_our_own_is_an_error_while_the_client_waits()
    {
        Service.Logs.ExpectErrors(entry => entry.Id.Id == 1205);
        var error = await FailAsync(_ => throw new IOException("No space left on device"));
        Assert.Equal(StatusCode.Internal, error.StatusCode);
    }

    [Fact]
    public async Task A_failure_in_the_middle_of_a_stream_ends_it_with_its_details()
    {
        scheduler.OnReadRunLog = async (responses, _) =>
        {
            await responses.WriteAsync(new ReadRunLogResponse());
            throw new DendriteException(ErrorReason.DataDamaged, "Line 7 is damaged.");
        };
        Service.Logs.ExpectErrors(entry => entry.Id.Id == 1203);
        using var channel = Service.Channel();
        using var call = channel.Client().ReadRunLog(new ReadRunLogRequest());
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken).Bounded());
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            call.ResponseStream.MoveNext(TestContext.Current.CancellationToken).Bounded()
        );
        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
        Assert.Equal(ErrorReason.DataDamaged, ErrorStatus.FromRpcException(error)!.Reason);
    }

    private async Task<RpcException> FailAsync(Func<GetJobRequest, GetJobResponse> handler)
    {
        scheduler.OnGetJob = (request, _) => Task.FromResult(handler(request));
        using var channel = Service.Channel();
        return await Assert.ThrowsAsync<RpcException>(() =>
            channel.Client().GetJobAsync(new GetJobRequest()).ResponseAsync.Bounded()
        );
    }

    private sealed class DatabaseAway : DbException
    {
        public override bool IsTransient => true;
    }
}
