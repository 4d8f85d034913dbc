using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Workflows;

/// <summary>One step as the report of a run shows it.</summary>
/// <param name="State"><c>pending</c>, <c>running</c>, <c>succeeded</c> or <c>failed</c>.</param>
internal sealed record ExperimentStep(string Id, string Action, string State, string Message, int Attempts)
{
    /// <summary>Whether it is tried again: while it goes on, it says only why its last attempt failed.</summary>
    public bool HasFailedAttempt => State == "running" && Message.Length > 0;

    /// <summary>None before the first attempt has begun.</summary>
    public static IReadOnlyList<ExperimentStep> Of(Run run) =>
        run.Report?.Fields.TryGetValue("steps", out var steps) == true
            ? [.. steps.ListValue.Values.Select(value => Of(value.StructValue))]
            : [];

    /// <summary>Resource name of the branch; empty before it is made.</summary>
    public static string BranchOf(Run run) => run.Report is { } report ? Text(report, "branch") : "";

    /// <summary>What was done about a run that failed or was cancelled; empty where it was not.</summary>
    public static string CompensationOf(Run run) => run.Report is { } report ? Text(report, "compensation") : "";

    private static ExperimentStep Of(Struct step) =>
        new(Text(step, "step"), Text(step, "action"), Text(step, "state"), Text(step, "message"), AttemptsOf(step));

    private static string Text(Struct from, string field) =>
        from.Fields.TryGetValue(field, out var value) ? value.StringValue : "";

    private static int AttemptsOf(Struct step) =>
        step.Fields.TryGetValue("attempts", out var value) ? (int)value.NumberValue : 0;
}
