using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Backups;

/// <summary>The fields of a plan as options.</summary>
internal sealed class BackupPlanOptions
{
    private readonly Option<string?> branches = new("--branches")
    {
        Description = "Which branches, as a filter such as 'branch_id = \"main\"'; none without it.",
        HelpName = "FILTER",
    };

    private readonly Option<string?> tags = new("--tags")
    {
        Description = "Which tags, as a filter such as 'tag_id = \"v*\"'; none without it.",
        HelpName = "FILTER",
    };

    private readonly Option<string?> store = new("--store")
    {
        Description = "Where to: a store of the installation.",
        HelpName = "NAME",
    };

    private readonly Option<TimeSpan?> keep = new("--keep")
    {
        Description = "How long a backup is kept, such as 30d; for ever without it.",
        HelpName = "TIME",
        CustomParser = DurationArgument.Parse,
    };

    private readonly Option<bool?> verify = new("--verify")
    {
        Description = "Read each backup back before it counts; --verify false to stop.",
    };

    private readonly Option<string?> title = new("--title") { Description = "A title for people.", HelpName = "TEXT" };

    public void AddTo(Command command)
    {
        command.Add(store);
        command.Add(branches);
        command.Add(tags);
        command.Add(keep);
        command.Add(verify);
        command.Add(title);
    }

    /// <summary>What was given, and its fields.</summary>
    public (BackupPlan Plan, FieldMask Mask) Read(ParseResult arguments)
    {
        var (plan, mask) = (new BackupPlan(), new FieldMask());
        Take(arguments.GetValue(branches), "branch_filter", value => plan.BranchFilter = value);
        Take(arguments.GetValue(tags), "tag_filter", value => plan.TagFilter = value);
        Take(arguments.GetValue(store), "store", value => plan.Store = value);
        Take(arguments.GetValue(title), "display_name", value => plan.DisplayName = value);
        if (arguments.GetValue(keep) is { } time)
        {
            plan.Keep = Duration.FromTimeSpan(time);
            mask.Paths.Add("keep");
        }

        if (arguments.GetValue(verify) is { } verified)
        {
            plan.Verify = verified;
            mask.Paths.Add("verify");
        }

        return (plan, mask);

        void Take(string? value, string path, Action<string> set)
        {
            if (value is not null)
            {
                set(value);
                mask.Paths.Add(path);
            }
        }
    }
}
