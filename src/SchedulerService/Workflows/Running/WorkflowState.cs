using System.Text.Json;
using System.Text.Json.Serialization;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>How far a run is, as it is kept after each thing that was done. Every change is a new value.</summary>
internal sealed record WorkflowState
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public required IReadOnlyList<StepState> Steps { get; init; }

    public WorkflowPhase Phase { get; init; }

    /// <summary>Id of the branch; null before it is made.</summary>
    public string? Branch { get; init; }

    public Guid? BranchUid { get; init; }

    /// <summary>When the branch was made, as its service says.</summary>
    public DateTimeOffset? BranchTime { get; init; }

    /// <summary>The number in the branch's id; null where it has none.</summary>
    public long? Number { get; init; }

    /// <summary>Why the run ends otherwise than as wanted; null while it does not.</summary>
    public WorkflowFailure? Failure { get; init; }

    /// <summary>What was done about it, for people; empty before.</summary>
    public string Compensation { get; init; } = "";

    /// <summary>Whether the branch was deleted by the compensation.</summary>
    public bool IsBranchDeleted { get; init; }

    /// <summary>How often compensating failed.</summary>
    public int CompensationFailures { get; init; }

    /// <summary>How often a caller had the failed run tried again, as far as it was heeded.</summary>
    public int Round { get; init; }

    /// <summary>The index of the first step that is not done; the number of steps where all are.</summary>
    [JsonIgnore]
    public int Next => Steps.TakeWhile(step => step.State is StepStage.Succeeded).Count();

    public static WorkflowState Begin(Workflow definition) =>
        new() { Steps = [.. definition.Steps.Select(step => new StepState(step.StepId))] };

    public static WorkflowState Parse(string json) => JsonSerializer.Deserialize<WorkflowState>(json, Json)!;

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>With one of its steps changed.</summary>
    public WorkflowState With(int index, Func<StepState, StepState> change) =>
        this with
        {
            Steps = [.. Steps.Select((step, i) => i == index ? change(step) : step)],
        };
}

/// <summary>Which way a run goes.</summary>
internal enum WorkflowPhase
{
    /// <summary>Step after step.</summary>
    Forward,

    /// <summary>It failed or was cancelled, and that is being told to its branch.</summary>
    Compensating,

    /// <summary>That is done.</summary>
    Compensated,
}

/// <summary>One step of a run.</summary>
internal sealed record StepState(string Id)
{
    public StepStage State { get; init; }

    /// <summary>When its first attempt began; its time is counted from then on. Null before.</summary>
    public DateTimeOffset? StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    /// <summary>Attempts that failed.</summary>
    public int Failures { get; init; }

    /// <summary>How often a worker went away while it was at this step.</summary>
    public int Deaths { get; init; }

    /// <summary>What it did, or why it failed last; for people.</summary>
    public string Message { get; init; } = "";

    /// <summary>What it did in figures.</summary>
    public IReadOnlyDictionary<string, long>? Results { get; init; }
}

/// <summary>Where a step stands.</summary>
internal enum StepStage
{
    Pending,
    Running,
    Succeeded,
    Failed,
}

/// <summary>Why a run ends otherwise than as wanted.</summary>
/// <param name="Step">Id of the step that it was at.</param>
/// <param name="Code">The gRPC code.</param>
internal sealed record WorkflowFailure(string Step, string Message, int Code);
