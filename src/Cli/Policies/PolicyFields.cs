using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Policies;

/// <summary>
/// The fields of a policy as options: what is not given is left as the server has it, or as it is.
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

    private readonly Option<TimeSpan?> keep = FieldOptions.Time("--keep", "How old a branch may become, such as 7d.");

    private readonly Option<string?> basis = FieldOptions.Text(
        "--since",
        "BASIS",
        "From when on its age is counted: created, last-commit, experiment-end or expiry."
    );

    private readonly Option<string?> filter = FieldOptions.Text(
        "--filter",
        "FILTER",
        "Which branches, as in 'branch list', such as 'experiment.state = FAILED'; empty: all."
    );

    private readonly Option<TimeSpan?> warn = FieldOptions.Time(
        "--warn-before",
        "How long before the end its owner is warned."
    );

    private readonly Option<bool> noWarning = new("--no-warning") { Description = "Owners are not warned." };

    private readonly Option<TimeSpan?> purge = FieldOptions.Time(
        "--purge-after",
        "How long what it deleted can be restored; 7d without it."
    );

    private readonly Option<bool?> tagged = FieldOptions.YesOrNo(
        "--include-tagged",
        "Whether branches that a tag names go too."
    );

    private readonly Option<bool?> disabled = FieldOptions.YesOrNo("--disabled", "Whether it is kept and not applied.");

    private readonly Option<string?> title = FieldOptions.Title();

    /// <param name="isNew">Whether it must say how long.</param>
    public PolicyFields(bool isNew)
    {
        keep.Required = isNew;
        basis.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<string?>() is { } text && !Bases.ContainsKey(text))
                given.AddError($"'{text}' is no basis; give one of {string.Join(", ", Bases.Keys)}.");
        });
    }

    public Option[] All => [keep, basis, filter, warn, noWarning, purge, tagged, disabled, title];

    /// <summary>What was given.</summary>
    /// <exception cref="CliException">Options that exclude each other.</exception>
    public (RetentionPolicy Policy, GivenFields Given) Read(Session session)
    {
        var unwarned = session.Arguments.GetValue(noWarning);
        if (unwarned && session.Arguments.GetValue(warn) is not null)
        {
            throw new CliException(ExitCode.Usage, "USAGE", "--warn-before and --no-warning exclude each other.");
        }

        var (policy, given) = (new RetentionPolicy(), new GivenFields(session.Arguments));
        given.Take(keep, "keep", length => policy.Keep = length);
        given.Take(basis, "basis", name => policy.Basis = Bases[name]);
        given.Take(filter, "filter", text => policy.Filter = text);
        given.Take(warn, "warn_before", length => policy.WarnBefore = length);
        if (unwarned)
            given.Add("warn_before");
        given.Take(purge, "purge_after", length => policy.PurgeAfter = length);
        given.Take(tagged, "include_tagged", isIncluded => policy.IncludeTagged = isIncluded);
        given.Take(disabled, "disabled", isDisabled => policy.Disabled = isDisabled);
        given.Take(title, "display_name", name => policy.DisplayName = name);
        return (policy, given);
    }
}
