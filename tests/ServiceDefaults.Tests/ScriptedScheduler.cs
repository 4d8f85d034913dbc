using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ServiceDefaults.Tests;

/// <summary>A service of the contracts that does what a test says.</summary>
internal sealed class ScriptedScheduler : SchedulerService.SchedulerServiceBase
{
    public Func<GetJobRequest, ServerCallContext, Task<GetJobResponse>> OnGetJob { get; set; } =
        (request, _) => Task.FromResult(new GetJobResponse { Job = new Job { Name = request.Name } });

    public Func<IServerStreamWriter<ReadRunLogResponse>, ServerCallContext, Task> OnReadRunLog { get; set; } =
        (_, _) => Task.CompletedTask;

    public override Task<GetJobResponse> GetJob(GetJobRequest request, ServerCallContext context) =>
        OnGetJob(request, context);

    public override Task ReadRunLog(
        ReadRunLogRequest request,
        IServerStreamWriter<ReadRunLogResponse> responseStream,
        ServerCallContext context
    ) => OnReadRunLog(responseStream, context);
}
