using Dendrite.Checks.Assertions;
using Dendrite.Contracts.Names;
using Dendrite.Storage.Assertions;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.Assertions;

/// <summary>From what is stored to the contract.</summary>
internal static class AssertionMapper
{
    public static V1.Assertion ToContract(AssertionRecord assertion, string project) =>
        new()
        {
            Name = new AssertionName(project, assertion.Name).ToString(),
            Uid = assertion.Uid.ToString(),
            Sql = assertion.Sql,
            Description = assertion.Description,
            Severity = ToContract(assertion.Severity),
            Creator = assertion.Creator,
            CreateTime = Timestamps.Of(assertion.CreateTime),
            UpdateTime = Timestamps.Of(assertion.UpdateTime),
            Etag = Etag.Of(assertion.Revision),
        };

    public static V1.AssertionResult ToContract(AssertionOutcome outcome, string project) =>
        new()
        {
            Assertion = new AssertionName(project, outcome.Assertion.Name).ToString(),
            Severity = ToContract(outcome.Assertion.Severity),
            Holds = outcome.Holds,
            Failure = outcome.Holds ? null : outcome.ToFailure(project),
            RunDuration = Duration.FromTimeSpan(outcome.RunDuration),
        };

    private static V1.AssertionSeverity ToContract(AssertionSeverity severity) =>
        severity == AssertionSeverity.Warning ? V1.AssertionSeverity.Warning : V1.AssertionSeverity.Error;
}
