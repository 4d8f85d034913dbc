using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.SchedulerService.Workflows.Steps;
using Dendrite.ServiceDefaults.Discovery;
using Dendrite.Storage.Workflows;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows;

/// <summary>What workflows consist of.</summary>
internal static class WorkflowHost
{
    public static void AddWorkflows(this WebApplicationBuilder builder)
    {
        builder.AddDendriteGrpcClient<MergeService.MergeServiceClient>("branch");
        builder.AddDendriteGrpcClient<QualityService.QualityServiceClient>("comparison");
        builder.AddDendriteGrpcClient<OperationService.OperationServiceClient>("comparison");
        builder
            .Services.AddOptions<WorkflowOptions>()
            .Bind(builder.Configuration.GetSection(WorkflowOptions.Section))
            .Validate(workflows => workflows.IsValid, $"{WorkflowOptions.Section}: times must be positive.")
            .ValidateOnStart();
        var services = builder.Services;
        services.AddSingleton<WorkflowStore>();
        services.AddSingleton<WorkflowRunStore>();
        services.AddSingleton<FinishedStreams>();
        services.AddSingleton<WorkflowStarts>();
        services.AddSingleton<WorkflowCalls>();
        services.AddSingleton<IWorkflowStep, ForkStepWork>();
        services.AddSingleton<IWorkflowStep, SyncStepWork>();
        services.AddSingleton<IWorkflowStep, WaitStepWork>();
        services.AddSingleton<IWorkflowStep, ChecksStepWork>();
        services.AddSingleton<IWorkflowStep, MergeStepWork>();
        services.AddSingleton<IWorkflowStep, CompleteStepWork>();
        services.AddSingleton<IWorkflowStep, TagStepWork>();
        services.AddSingleton<StepRunner>();
        services.AddSingleton<Compensation>();
        services.AddSingleton<IJobTask, WorkflowJobTask>();
    }

    public static void MapWorkflows(this WebApplication app) => app.MapGrpcService<WorkflowRpc>();
}
