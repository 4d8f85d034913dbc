using Dendrite.Contracts.Filters;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Retention;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Retention;

/// <summary>Reads the fields of a retention policy that came in a request.</summary>
internal static class RetentionInput
{
    private const string Policy = "retention_policy";
    private const int MaxDisplayName = 200;

    /// <summary>A walk that goes on adds a condition to it, and both must fit into a filter.</summary>
    private const int MaxFilter = FilterParser.MaxLength - 100;

    private const int LongestKeepDays = 36_500;
    private const int LongestPurgeDays = 3_650;
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan UsualPurge = TimeSpan.FromDays(7);

    public static bool IsKeep(TimeSpan keep) => keep >= Shortest && keep <= TimeSpan.FromDays(LongestKeepDays);

    public static bool IsPurge(TimeSpan purge) => purge >= Shortest && purge <= TimeSpan.FromDays(LongestPurgeDays);

    /// <summary>A new policy before its fields are set.</summary>
    public static RetentionPolicyRecord Unset(string id) =>
        new(0, id)
        {
            Revision = 0,
            Basis = RetentionStart.CreateTime,
            Keep = Shortest,
            PurgeAfter = UsualPurge,
        };

    /// <exception cref="DendriteException">INVALID_ARGUMENT, INVALID_FILTER.</exception>
    public static RetentionPolicyChange New(RetentionPolicy fields) => Fields.ReadAll(new(), fields);

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, and as of <see cref="New"/>.</exception>
    public static RetentionPolicyChange Change(RetentionPolicy fields, FieldMask? mask) =>
        Fields.Read(new(), fields, mask);

    /// <summary>The policy as it is after a change, which must fit together.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT; RETENTION_TOO_BROAD.</exception>
    public static RetentionPolicyRecord Apply(RetentionPolicyRecord policy, RetentionPolicyChange change)
    {
        var changed = policy with
        {
            DisplayName = change.DisplayName ?? policy.DisplayName,
            Filter = change.Filter ?? policy.Filter,
            Basis = change.Basis ?? policy.Basis,
            Keep = change.Keep ?? policy.Keep,
            WarnBefore = change.SetsWarnBefore ? change.WarnBefore : policy.WarnBefore,
            PurgeAfter = change.PurgeAfter ?? policy.PurgeAfter,
            IncludeTagged = change.IncludeTagged ?? policy.IncludeTagged,
            IsDisabled = change.IsDisabled ?? policy.IsDisabled,
        };
        return changed.WarnBefore is { } ahead && ahead >= changed.Keep
            ? throw Invalid(
                "warn_before",
                $"{RetentionReason.Span(ahead)} is not shorter than keep, {RetentionReason.Span(changed.Keep)}; "
                    + "warn later, or keep longer"
            )
            : changed;
    }

    private static readonly UpdatableFields<RetentionPolicy, RetentionPolicyChange> Fields = new()
    {
        {
            "display_name",
            fields => fields.DisplayName.Length > 0,
            (change, fields) =>
                change with
                {
                    DisplayName = RequestFields.Text(fields.DisplayName, $"{Policy}.display_name", MaxDisplayName),
                }
        },
        {
            "filter",
            fields => fields.Filter.Length > 0,
            (change, fields) => change with { Filter = ReadFilter(fields.Filter) }
        },
        {
            "basis",
            fields => fields.Basis != RetentionBasis.Unspecified,
            (change, fields) => change with { Basis = ReadBasis(fields.Basis) }
        },
        { "keep", fields => fields.Keep is not null, (change, fields) => change with { Keep = ReadKeep(fields.Keep) } },
        {
            "warn_before",
            fields => fields.WarnBefore is not null,
            (change, fields) =>
                change with
                {
                    SetsWarnBefore = true,
                    WarnBefore = Read(fields.WarnBefore, "warn_before", LongestKeepDays),
                }
        },
        {
            "purge_after",
            fields => fields.PurgeAfter is not null,
            (change, fields) =>
                change with
                {
                    PurgeAfter = Read(fields.PurgeAfter, "purge_after", LongestPurgeDays) ?? UsualPurge,
                }
        },
        {
            "include_tagged",
            fields => fields.IncludeTagged,
            (change, fields) => change with { IncludeTagged = fields.IncludeTagged }
        },
        { "disabled", fields => fields.Disabled, (change, fields) => change with { IsDisabled = fields.Disabled } },
    };

    private static TimeSpan ReadKeep(Duration? keep) =>
        Read(keep, "keep", LongestKeepDays)
        ?? throw Invalid("keep", "is missing; say how old a branch may become, such as 604800s for 7 days");

    /// <summary>What the filter language allows; which fields there are, the Branch service says.</summary>
    private static string ReadFilter(string filter)
    {
        if (filter.Length > MaxFilter)
            throw Invalid("filter", $"has {filter.Length} characters; at most {MaxFilter} are allowed");
        const string Path = $"{Policy}.filter";
        // Spaces alone are no filter.
        if (FilterParser.Parse(filter, Path) is null)
            return "";
        FilterParser.Parse(BranchCursor.Resumed(filter, "branch_id > \"a\""), Path);
        return RetentionTargets.Check(filter, Path);
    }

    private static RetentionStart ReadBasis(RetentionBasis basis) =>
        basis switch
        {
            RetentionBasis.CreateTime => RetentionStart.CreateTime,
            RetentionBasis.HeadTime => RetentionStart.HeadTime,
            RetentionBasis.ExperimentEnd => RetentionStart.ExperimentEnd,
            RetentionBasis.ExpireTime => RetentionStart.ExpireTime,
            RetentionBasis.Unspecified => throw Invalid(
                "basis",
                "is missing; give CREATE_TIME, HEAD_TIME, EXPERIMENT_END or EXPIRE_TIME"
            ),
            _ => throw Invalid("basis", $"{(int)basis} is no basis; give one of the contract's"),
        };

    /// <summary>To the microsecond, as it is stored. Null where it is absent.</summary>
    private static TimeSpan? Read(Duration? length, string path, int mostDays)
    {
        if (length is null)
            return null;
        // Compared in seconds first: a duration may be longer than any span.
        var isSpan =
            length.Nanos is > -1_000_000_000 and < 1_000_000_000
            && Math.Abs((decimal)length.Seconds) <= (decimal)TimeSpan.FromDays(mostDays).TotalSeconds
            && (long)Math.Sign(length.Seconds) * Math.Sign(length.Nanos) >= 0;
        var span = isSpan ? TimeSpan.FromMicroseconds((length.Seconds * 1_000_000) + (length.Nanos / 1_000)) : default;
        return isSpan && span >= Shortest && span <= TimeSpan.FromDays(mostDays)
            ? span
            : throw Invalid(path, $"{Show(length)} is not from one minute to {mostDays} days");
    }

    private static string Show(Duration length) => FormattableString.Invariant($"{length.Seconds} s {length.Nanos} ns");

    private static DendriteException Invalid(string path, string problem) =>
        DendriteException.Invalid($"{Policy}.{path}", problem);
}
