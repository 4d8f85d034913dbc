using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Crc32C = Dendrite.Signals.Blocks.Crc32C;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>What tests do with it.</summary>
public sealed partial class ExperimentPlatform
{
    private const string Lab = "projects/lab";

    /// <summary>Declares an experiment that records; its branch is <c>night-PURPOSE-v1</c>.</summary>
    public async Task DeclareAsync(string id)
    {
        await Projects.UpdateProjectAsync(
            new()
            {
                Project = new() { Name = Lab, BranchNamingTemplates = { ["experiment"] = "night-{purpose}-v{n}" } },
            },
            Headers
        );
        var workflow = new Workflow();
        workflow.Steps.Add(new WorkflowStep { StepId = "fork", Fork = new() });
        workflow.Steps.Add(
            new WorkflowStep
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
            }
        );
        workflow.Steps.Add(new WorkflowStep { StepId = "check", Checks = new() });
        workflow.Steps.Add(new WorkflowStep { StepId = "save", Merge = new() });
        workflow.Steps.Add(new WorkflowStep { StepId = "done", Complete = new() });
        workflow.Steps.Add(new WorkflowStep { StepId = "name", TagId = "result-{purpose}" });
        await Workflows(Schedulers[0])
            .CreateWorkflowAsync(
                new()
                {
                    Parent = Lab,
                    WorkflowId = id,
                    Workflow = workflow,
                },
                Headers
            );
    }

    /// <summary>As a gateway that has nothing more to send.</summary>
    public async Task FinishStreamAsync(string branch)
    {
        byte[] payload = [1, 0, 2, 0, 3, 0];
        var descriptor = new SignalStream
        {
            NominalRate = new() { Samples = 250, Seconds = 1 },
            StartTime = new Timestamp { Seconds = 1_000 },
        };
        descriptor.Channels.Add(new SignalChannel { Label = "C3", SampleType = SampleType.Int16 });
        var id = branch.Split('/')[^1];
        var request = new AppendBatchRequest
        {
            Open = new()
            {
                Stream = $"{branch}/streams/of-{id}",
                Descriptor_ = descriptor,
                CreateIfMissing = true,
            },
            Finish = true,
        };
        request.Blocks.Add(
            new SampleBlock
            {
                SampleCount = payload.Length / sizeof(short),
                Encoding = BlockEncoding.Raw,
                Payload = ByteString.CopyFrom(payload),
                Crc32C = Crc32C.Compute(payload),
            }
        );
        await Ingest.AppendBatchAsync(request, Headers, cancellationToken: Token);
    }
}
