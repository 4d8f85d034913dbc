using Dendrite.Storage.Retention;

namespace Dendrite.SchedulerService.Retention;

/// <summary>The policies that a new project begins with. Section <c>Scheduler:Retention</c>.</summary>
internal sealed class RetentionDefaults
{
    public const string Section = "Scheduler:Retention";

    /// <summary>How long experiments are kept after they were completed. Default 7 days.</summary>
    public TimeSpan CompletedKeep { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long experiments are kept after they failed. Default 1 day.</summary>
    public TimeSpan FailedKeep { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long branches that a tag names are kept. Default 365 days.</summary>
    public TimeSpan TaggedKeep { get; set; } = TimeSpan.FromDays(365);

    /// <summary>
    /// Whether branches that a tag names go by themselves after that. Default false: retention says that their time is
    /// up, and a person deletes them.
    /// </summary>
    public bool TakesTagged { get; set; }

    /// <summary>
    /// How long before the end owners of completed experiments, and of tagged branches that go, are warned. Default 1
    /// day; failed ones are not worth one.
    /// </summary>
    public TimeSpan WarnBefore { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long what was deleted can be restored. Default 7 days.</summary>
    public TimeSpan PurgeAfter { get; set; } = TimeSpan.FromDays(7);

    public bool IsValid =>
        RetentionInput.IsKeep(CompletedKeep)
        && RetentionInput.IsKeep(FailedKeep)
        && RetentionInput.IsKeep(TaggedKeep)
        && RetentionInput.IsPurge(PurgeAfter)
        && WarnBefore > TimeSpan.Zero
        && WarnBefore < CompletedKeep
        && WarnBefore < TaggedKeep;

    public IReadOnlyList<(string Name, RetentionPolicyChange Fields)> Policies =>
        [
            ("completed", OfEnd("COMPLETED", "Completed experiments", CompletedKeep) with { WarnBefore = WarnBefore }),
            ("failed", OfEnd("FAILED", "Failed experiments", FailedKeep)),
            (
                "tagged",
                new()
                {
                    DisplayName = "Branches that a tag names",
                    Filter = "tagged = true",
                    Basis = RetentionStart.HeadTime,
                    Keep = TaggedKeep,
                    WarnBefore = WarnBefore,
                    PurgeAfter = PurgeAfter,
                    IncludeTagged = TakesTagged,
                }
            ),
        ];

    // Where tagged ones go by themselves, their policy keeps longest; these must let it decide.
    private RetentionPolicyChange OfEnd(string state, string title, TimeSpan keep) =>
        new()
        {
            DisplayName = title,
            Filter = $"experiment.state = {state}",
            Basis = RetentionStart.ExperimentEnd,
            Keep = keep,
            PurgeAfter = PurgeAfter,
            IncludeTagged = TakesTagged,
        };
}
