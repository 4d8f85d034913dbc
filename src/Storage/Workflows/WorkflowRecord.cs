namespace Dendrite.Storage.Workflows;

/// <summary>An experiment as a declared sequence, as it is stored.</summary>
/// <param name="Id">Its number in the database.</param>
/// <param name="Name">Its id in resource names, and that of the job whose runs its runs are.</param>
/// <param name="Definition">What callers set, as the contract's JSON.</param>
public sealed record WorkflowRecord(long Id, string Name, string Definition)
{
    /// <summary>Grows with every change by callers.</summary>
    public required long Revision { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>What a run of a workflow begins with, besides the workflow as it is then.</summary>
/// <param name="Workflow">Id of the workflow.</param>
/// <param name="Values">Parts of the branch's name that the caller gave.</param>
public sealed record WorkflowBeginning(string Workflow, IReadOnlyDictionary<string, string> Values);

/// <summary>How far a run of a workflow is.</summary>
/// <param name="Workflow">Id of the workflow.</param>
/// <param name="Definition">As it was when the run began.</param>
/// <param name="Values">Parts of the branch's name that the caller gave.</param>
/// <param name="State">Its steps and its branch, as JSON; null before its first attempt.</param>
/// <param name="Retries">How often a caller had the failed run tried again.</param>
public sealed record WorkflowRunRecord(
    string Workflow,
    string Definition,
    IReadOnlyDictionary<string, string> Values,
    string? State,
    int Retries
);
