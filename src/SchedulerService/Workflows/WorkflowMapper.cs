using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Workflows;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Workflows;

/// <summary>Between what is stored and the contract.</summary>
internal static class WorkflowMapper
{
    // A newer replica may have stored what this one does not know yet.
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public static Workflow ToContract(WorkflowRecord workflow, string project)
    {
        var message = ReadDefinition(workflow.Definition);
        message.Name = new WorkflowName(project, workflow.Name).ToString();
        message.CreateTime = Timestamps.Of(workflow.CreateTime);
        message.UpdateTime = Timestamps.Of(workflow.UpdateTime);
        message.Etag = Etag.Of(workflow.Revision);
        return message;
    }

    /// <summary>What callers set.</summary>
    public static Workflow ReadDefinition(string definition) => Parser.Parse<Workflow>(definition);

    public static string WriteDefinition(Workflow workflow) => JsonFormatter.Default.Format(workflow);
}
