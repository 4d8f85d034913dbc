using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Option = System.CommandLine.Option;

namespace Dendrite.Cli.Policies;

/// <summary>
/// <c>dendrite policy create</c> and <c>update</c>: what is not given is left as the server has it, or as it is.
/// </summary>
internal sealed class PolicyFields
{
    private static readonly Dictionary<string, RetentionBasis> Bases = new()
    {
        ["created"] = RetentionBasis.CreateTime,
        ["last-commit"] = RetentionBasis.HeadTime,
        ["experiment-end"] = RetentionBasis.ExperimentEnd,
        ["expiry"] = RetentionBasis.ExpireTime,
    };

    private readonly Option<TimeSpan?> keep = Time("--keep", "How old a branch may become, such as 7d.");

    private readonly Option<string?> basis = new("--since")
    {
        Description = "From when on its age is counted: created, last-commit, experiment-end or expiry.",
        HelpName = "BASIS",
    };

    private readonly Option<string?> filter = new("--filter")
    {
        Description = "Which branches, as in 'branch list', such as 'experiment.state = FAILED'; empty: all.",
        HelpName = "FILTER",
    };

    private readonly Option<TimeSpan?> warn = Time("--warn-before", "How long before the end its owner is warned.");
    private readonly Option<bool> noWarning = new("--no-warning") { Description = "Owners are not warned." };

    private readonly Option<TimeSpan?> purge = Time(
        "--purge-after",
        "How long what it deleted can be restored; 7d without it."
    );

    private readonly Option<bool?> tagged = YesOrNo("--include-tagged", "Whether branches that a tag names go too.");
    private readonly Option<bool?> disabled = YesOrNo("--disabled", "Whether it is kept and not applied.");
    private readonly Option<string?> title = new("--title") { Description = "A title for people.", HelpName = "TEXT" };

    private PolicyFields()
    {
        basis.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string?>() is { } text && !Bases.ContainsKey(text))
                given.AddError($"'{text}' is no basis; give one of {string.Join(", ", Bases.Keys)}.");
        });
    }

    private Option[] All => [keep, basis, filter, warn, noWarning, purge, tagged, disabled, title];

    public static Command Create(CliApplication application)
    {
        var (id, fields) = (PolicyCommands.IdArgument(), new PolicyFields());
        var command = new Command("create", "Make a policy: branches that match it and are older go.") { id };
        Array.ForEach(fields.All, command.Add);
        fields.keep.Required = true;
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (policy, _) = fields.Read(session.Arguments);
                if (policy.Basis is RetentionBasis.Unspecified)
                    policy.Basis = RetentionBasis.CreateTime;
                var response = await session.Platform.Retention.CreateRetentionPolicyAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        RetentionPolicyId = session.Arguments.GetRequiredValue(id),
                        RetentionPolicy = policy,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                PolicyView.Write(session.Output, response.RetentionPolicy);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Update(CliApplication application)
    {
        var (id, fields) = (PolicyCommands.IdArgument(), new PolicyFields());
        var etag = new Option<string?>("--etag")
        {
            Description = "Change it only where it still has this etag.",
            HelpName = "ETAG",
        };
        var command = new Command("update", "Change what is given of a policy, and nothing else.") { id, etag };
        Array.ForEach(fields.All, command.Add);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (policy, mask) = fields.Read(session.Arguments);
                if (mask.Paths.Count == 0)
                    throw new CliException(ExitCode.Usage, "USAGE", "Nothing to change: give at least one option.");
                policy.Name = session.Platform.RetentionPolicyName(session.Arguments.GetRequiredValue(id));
                policy.Etag = session.Arguments.GetValue(etag) ?? "";
                var response = await session.Platform.Retention.UpdateRetentionPolicyAsync(
                    new()
                    {
                        RetentionPolicy = policy,
                        UpdateMask = mask,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                PolicyView.Write(session.Output, response.RetentionPolicy);
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>What was given, and the paths of that.</summary>
    private (RetentionPolicy Policy, FieldMask Mask) Read(ParseResult given)
    {
        if (given.GetValue(noWarning) && given.GetValue(warn) is not null)
        {
            throw new CliException(ExitCode.Usage, "USAGE", "--warn-before and --no-warning exclude each other.");
        }

        var policy = new RetentionPolicy
        {
            Keep = Duration(given.GetValue(keep)),
            Basis = given.GetValue(basis) is { } name ? Bases[name] : RetentionBasis.Unspecified,
            Filter = given.GetValue(filter) ?? "",
            WarnBefore = Duration(given.GetValue(warn)),
            PurgeAfter = Duration(given.GetValue(purge)),
            IncludeTagged = given.GetValue(tagged) ?? false,
            Disabled = given.GetValue(disabled) ?? false,
            DisplayName = given.GetValue(title) ?? "",
        };
        (string Path, bool IsGiven)[] paths =
        [
            ("keep", policy.Keep is not null),
            ("basis", policy.Basis is not RetentionBasis.Unspecified),
            ("filter", given.GetValue(filter) is not null),
            ("warn_before", policy.WarnBefore is not null || given.GetValue(noWarning)),
            ("purge_after", policy.PurgeAfter is not null),
            ("include_tagged", given.GetValue(tagged) is not null),
            ("disabled", given.GetValue(disabled) is not null),
            ("display_name", given.GetValue(title) is not null),
        ];
        var mask = new FieldMask();
        mask.Paths.Add(paths.Where(path => path.IsGiven).Select(path => path.Path));
        return (policy, mask);
    }

    private static Duration? Duration(TimeSpan? span) =>
        span is { } set ? Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(set) : null;

    private static Option<TimeSpan?> Time(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = DurationArgument.Parse,
        };

    /// <summary>Given without a value it is true; <c>false</c> takes it back in an update.</summary>
    private static Option<bool?> YesOrNo(string name, string description) =>
        new(name)
        {
            Description = $"{description} Given alone: true.",
            HelpName = "true|false",
            Arity = ArgumentArity.ZeroOrOne,
        };
}
