using System.Collections.Concurrent;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>What the one run of the fake scheduler is found like, look after look.</summary>
internal sealed class FakeRuns : FakeLooks<Run>
{
    public const string Name = "projects/lab/jobs/nightly/runs/7";

    /// <summary>What it has said so far.</summary>
    public List<string> Lines { get; } = [];

    /// <summary>From which line on its log was asked for, call by call.</summary>
    public ConcurrentQueue<long> Starts { get; } = new();

    /// <summary>A run on which an attempt goes on.</summary>
    public static Run Going(string step = "pulling") =>
        new()
        {
            Name = Name,
            State = RunState.Running,
            Progress = new() { Step = step },
        };

    /// <summary>That of a workflow, at its one step.</summary>
    public static Run At(string state, int attempts, string message)
    {
        var step = new Struct
        {
            Fields =
            {
                ["step"] = Value.ForString("collect"),
                ["state"] = Value.ForString(state),
                ["attempts"] = Value.ForNumber(attempts),
                ["message"] = Value.ForString(message),
            },
        };
        var run = Going();
        run.Report = new() { Fields = { ["steps"] = Value.ForList(Value.ForStruct(step)) } };
        return run;
    }

    /// <summary>One that ended as wanted.</summary>
    public static Run Done() =>
        new()
        {
            Name = Name,
            State = RunState.Succeeded,
            EndTime = new Timestamp { Seconds = 1_000 },
        };
}

/// <summary>The scheduler as far as one run goes, and what is declared of a job.</summary>
internal sealed class FakeScheduler(FakeState state, FakeRuns runs) : V1.SchedulerService.SchedulerServiceBase
{
    /// <summary>One with labels, whatever its name.</summary>
    public override Task<GetJobResponse> GetJob(GetJobRequest request, ServerCallContext context)
    {
        var job = new Job
        {
            Name = request.Name,
            Etag = "e7",
            Labels = { ["site"] = "berlin", ["night"] = "2" },
            Policy = new() { MaxAttempts = 5 },
        };
        return Task.FromResult(new GetJobResponse { Job = job });
    }

    public override Task<CreateJobResponse> CreateJob(CreateJobRequest request, ServerCallContext context) =>
        Task.FromResult(new CreateJobResponse { Job = request.Job });

    public override Task<UpdateJobResponse> UpdateJob(UpdateJobRequest request, ServerCallContext context)
    {
        state.JobUpdates.Enqueue(request);
        return Task.FromResult(new UpdateJobResponse { Job = request.Job });
    }

    public override Task<RunJobResponse> RunJob(RunJobRequest request, ServerCallContext context) =>
        Task.FromResult(new RunJobResponse { Run = FakeRuns.Going() });

    public override Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        var (places, next) = FakePages.Of(request.PageSize, request.PageToken);
        return Task.FromResult(
            new ListRunsResponse { Runs = { places.Select(_ => FakeRuns.Done()) }, NextPageToken = next }
        );
    }

    public override Task<GetRunResponse> GetRun(GetRunRequest request, ServerCallContext context) =>
        Task.FromResult(new GetRunResponse { Run = runs.Look() });

    /// <summary>Of a log that is followed, a line a call: then the connection is lost, until all lines came.</summary>
    public override async Task ReadRunLog(
        ReadRunLogRequest request,
        IServerStreamWriter<ReadRunLogResponse> responseStream,
        ServerCallContext context
    )
    {
        runs.Starts.Enqueue(request.StartLine);
        for (var i = (int)request.StartLine; i < runs.Lines.Count; i++)
        {
            var line = new RunLogLine
            {
                Line = i,
                Message = runs.Lines[i],
                Time = new(),
            };
            await responseStream.WriteAsync(new() { Lines = { line } });
            if (request.Follow)
                throw FakeState.Away();
        }

        if (request.Follow)
            runs.Look();
    }
}

/// <summary>Begins the one run.</summary>
internal sealed class FakeWorkflows : WorkflowService.WorkflowServiceBase
{
    public override Task<RunWorkflowResponse> RunWorkflow(RunWorkflowRequest request, ServerCallContext context) =>
        Task.FromResult(new RunWorkflowResponse { Run = FakeRuns.Going() });
}
