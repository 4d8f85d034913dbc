using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Policies;

/// <summary>How policies and what they would do look.</summary>
internal static class PolicyView
{
    public static void Write(CliOutput output, RetentionPolicy policy)
    {
        if (output.IsJson)
        {
            output.WriteMessage(policy);
            return;
        }

        output.WriteLine(
            $"policy {IdOf(policy.Name)}{(policy.Disabled ? " (disabled)" : "")}{Shown.TitleAfter(policy.DisplayName)}"
        );
        output.WriteLine($"  matches     {Matches(policy)}{(policy.IncludeTagged ? ", tagged ones too" : "")}");
        output.WriteLine($"  keeps       {Shown.Span(policy.Keep)} since {Basis(policy.Basis)}");
        output.WriteLine(
            $"  warns       {(policy.WarnBefore is { } ahead ? $"{Shown.Span(ahead)} before the end" : "nobody")}"
        );
        output.WriteLine($"  restorable  {Shown.Span(policy.PurgeAfter)}");
        output.WriteLine($"  etag        {policy.Etag}");
    }

    public static void Write(CliOutput output, ListRetentionPoliciesResponse policies)
    {
        if (output.IsJson)
        {
            output.WriteMessage(policies);
            return;
        }

        if (policies.RetentionPolicies.Count == 0)
        {
            output.WriteLine("There is no policy: branches go only by their own expiry.");
            return;
        }

        var table = new TextTable("POLICY", "KEEPS", "SINCE", "WARNS", "TAGGED", "STATE", "MATCHES");
        foreach (var policy in policies.RetentionPolicies)
        {
            table.Add(
                IdOf(policy.Name),
                Shown.Span(policy.Keep),
                Basis(policy.Basis),
                policy.WarnBefore is { } ahead ? $"{Shown.Span(ahead)} before" : "no",
                policy.IncludeTagged ? "go too" : "stay",
                policy.Disabled ? "disabled" : "on",
                Matches(policy)
            );
        }

        table.WriteTo(output);
    }

    /// <param name="withKept">Also branches that stay; they are counted anyhow.</param>
    /// <param name="unmatched">How many of the decisions no policy and no expiry made: counted by themselves.</param>
    public static void Write(CliOutput output, PreviewRetentionResponse preview, bool withKept, int unmatched)
    {
        if (output.IsJson)
        {
            output.WriteMessage(preview);
            return;
        }

        var shown = preview
            .Decisions.Where(decision => withKept || decision.Action is not RetentionAction.Keep)
            .ToList();
        if (shown.Count > 0)
        {
            var table = new TextTable("BRANCH", "ACTION", "WHEN", "FREES", "OWNER", "WHY");
            foreach (var decision in shown)
            {
                table.Add(
                    IdOf(decision.Branch),
                    decision.Action.ToString().ToLowerInvariant(),
                    Shown.Time(decision.DueTime),
                    decision.Action is RetentionAction.Keep ? "" : Figures.Bytes(decision.FreeableBytes),
                    decision.Owner,
                    decision.Reason
                );
            }

            table.WriteTo(output);
        }

        output.WriteLine(Summary(preview.Decisions, unmatched));
    }

    private static string Summary(IReadOnlyCollection<RetentionDecision> decisions, int unmatched)
    {
        if (decisions.Count == 0)
            return "No policy matches any branch, and none has an expiry.";
        int Of(RetentionAction action) => decisions.Count(decision => decision.Action == action);
        var bytes = decisions
            .Where(decision => decision.Action is RetentionAction.Delete)
            .Sum(decision => decision.FreeableBytes);
        var deleted = Of(RetentionAction.Delete);
        return $"{deleted} {(deleted == 1 ? "goes" : "go")} ({Figures.Bytes(bytes)}), "
            + $"{Of(RetentionAction.Warn)} near their end, "
            + $"{Of(RetentionAction.Wait)} due and in use, {Of(RetentionAction.Purge)} deleted and still restorable, "
            + $"{Of(RetentionAction.Keep) - unmatched} stay"
            + (unmatched > 0 ? $", and {unmatched} without policy and expiry." : ".");
    }

    private static string Matches(RetentionPolicy policy) => policy.Filter.Length > 0 ? policy.Filter : "every branch";

    private static string Basis(RetentionBasis basis) =>
        basis switch
        {
            RetentionBasis.CreateTime => "created",
            RetentionBasis.HeadTime => "last-commit",
            RetentionBasis.ExperimentEnd => "experiment-end",
            RetentionBasis.ExpireTime => "expiry",
            _ => "",
        };

    private static string IdOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}
