using System.CommandLine;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Backups;

/// <summary>The fields of a plan as options.</summary>
internal sealed class BackupPlanOptions
{
    private readonly Option<string?> branches = FieldOptions.Text(
        "--branches",
        "FILTER",
        "Which branches, as a filter such as 'branch_id = \"main\"'; none without it."
    );

    private readonly Option<string?> tags = FieldOptions.Text(
        "--tags",
        "FILTER",
        "Which tags, as a filter such as 'tag_id = \"v*\"'; none without it."
    );

    private readonly Option<string?> store = FieldOptions.Text(
        "--store",
        "NAME",
        "Where to: a store of the installation."
    );

    private readonly Option<TimeSpan?> keep = FieldOptions.Time(
        "--keep",
        "How long a backup is kept, such as 30d; for ever without it."
    );

    private readonly Option<bool?> verify = new("--verify")
    {
        Description = "Read each backup back before it counts; --verify false to stop.",
    };

    private readonly Option<string?> title = FieldOptions.Title();

    public Option[] All => [store, branches, tags, keep, verify, title];

    /// <summary>What was given.</summary>
    public (BackupPlan Plan, GivenFields Given) Read(ParseResult arguments)
    {
        var (plan, given) = (new BackupPlan(), new GivenFields(arguments));
        given.Take(branches, "branch_filter", text => plan.BranchFilter = text);
        given.Take(tags, "tag_filter", text => plan.TagFilter = text);
        given.Take(store, "store", name => plan.Store = name);
        given.Take(title, "display_name", name => plan.DisplayName = name);
        given.Take(keep, "keep", length => plan.Keep = length);
        given.Take(verify, "verify", isVerified => plan.Verify = isVerified);
        return (plan, given);
    }
}
