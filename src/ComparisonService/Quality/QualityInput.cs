using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Quality;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Rule = Dendrite.V1.QualityCheck.RuleOneofCase;

namespace Dendrite.ComparisonService.Quality;

/// <summary>Reads the fields of a quality check that came in a request.</summary>
internal static class QualityInput
{
    /// <summary>Where the SQL of a check is in a request.</summary>
    public const string SqlField = $"{Check}.assertion_sql";

    private const string Check = "quality_check";
    private const int MaxDisplayName = 200;
    private const int MaxFilter = 4_000;
    private const int MaxColumns = 16;

    /// <summary>What has been seen of a group of records is kept as bits of one number.</summary>
    private const int MaxValues = 64;

    private const int MaxText = 1_000;
    private const int MaxSql = 20_000;
    private const int MaxFlatHours = 24;
    private const string DisplayNamePath = "display_name";
    private const string FilterPath = "stream_filter";
    private const string RequiredPath = "required_for_merge";

    /// <summary>The contract's names of the rules.</summary>
    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["max_missing_ratio"] = Rule.MaxMissingRatio,
        ["max_flat_duration"] = Rule.MaxFlatDuration,
        ["max_clipped_ratio"] = Rule.MaxClippedRatio,
        ["line_noise"] = Rule.LineNoise,
        ["max_rate_deviation_ratio"] = Rule.MaxRateDeviationRatio,
        ["assertion_sql"] = Rule.AssertionSql,
        ["required_records"] = Rule.RequiredRecords,
    };

    /// <exception cref="DendriteException">INVALID_ARGUMENT, INVALID_FILTER.</exception>
    public static QualityCheckChange New(QualityCheck fields) =>
        new()
        {
            RuleJson = ReadRule(fields),
            DisplayName = RequestFields.Text(fields.DisplayName, $"{Check}.{DisplayNamePath}", MaxDisplayName),
            StreamFilter = ReadFilter(fields.StreamFilter),
            RequiredForMerge = fields.RequiredForMerge,
        };

    /// <exception cref="DendriteException">INVALID_UPDATE_MASK, and as of <see cref="New"/>.</exception>
    public static QualityCheckChange Change(QualityCheck fields, FieldMask? mask)
    {
        var updatable = new Dictionary<string, bool>
        {
            [DisplayNamePath] = fields.DisplayName.Length > 0,
            [FilterPath] = fields.StreamFilter.Length > 0,
            [RequiredPath] = fields.RequiredForMerge,
        };
        foreach (var (path, rule) in Rules)
        {
            updatable[path] = fields.RuleCase == rule;
        }

        var all = New(fields.RuleCase == Rule.None ? WithAnyRule(fields) : fields);
        var change = new QualityCheckChange();
        foreach (var path in UpdateMask.Paths(mask, updatable))
        {
            change = path switch
            {
                DisplayNamePath => change with { DisplayName = all.DisplayName },
                FilterPath => change with { StreamFilter = all.StreamFilter },
                RequiredPath => change with { RequiredForMerge = all.RequiredForMerge },
                _ when fields.RuleCase == Rules[path] => change with { RuleJson = all.RuleJson },
                _ => throw Invalid(path, "is named by update_mask and not given; a check has one rule: give that one"),
            };
        }

        return change;
    }

    /// <summary>For an update that leaves the rule as it is.</summary>
    private static QualityCheck WithAnyRule(QualityCheck fields) => new(fields) { MaxMissingRatio = 0 };

    private static string ReadFilter(string filter)
    {
        RequestFields.Text(filter, $"{Check}.{FilterPath}", MaxFilter);
        StreamFilter.Read(filter, "");
        return filter;
    }

    private static string ReadRule(QualityCheck fields)
    {
        switch (fields.RuleCase)
        {
            case Rule.MaxMissingRatio:
                RequireRatio(fields.MaxMissingRatio, "max_missing_ratio");
                break;
            case Rule.MaxClippedRatio:
                RequireRatio(fields.MaxClippedRatio, "max_clipped_ratio");
                break;
            case Rule.MaxRateDeviationRatio:
                RequireRatio(fields.MaxRateDeviationRatio, "max_rate_deviation_ratio");
                break;
            case Rule.MaxFlatDuration:
                RequireFlat(fields.MaxFlatDuration);
                break;
            case Rule.LineNoise:
                RequireLineNoise(fields.LineNoise);
                break;
            case Rule.RequiredRecords:
                RequireRecords(fields.RequiredRecords);
                break;
            case Rule.AssertionSql:
                RequireSql(fields.AssertionSql);
                break;
            default:
                throw Invalid("rule", $"is missing; give one of {string.Join(", ", Rules.Keys)}");
        }

        return QualityMapper.WriteRule(fields);
    }

    private static void RequireRatio(double value, string path)
    {
        if (!(value is >= 0 and <= 1))
        {
            throw Invalid(path, $"{value} is no part of a whole; give 0 to 1, such as 0.01");
        }
    }

    private static void RequireFlat(Duration length)
    {
        if (
            length.Seconds < 0
            || length.Nanos is < 0 or > 999_999_999
            || (length.Seconds == 0 && length.Nanos == 0)
            || length.Seconds > MaxFlatHours * 3_600
        )
        {
            throw Invalid("max_flat_duration", $"is not above 0 and up to {MaxFlatHours} hours; 1 second is usual");
        }
    }

    private static void RequireLineNoise(LineNoiseRule rule)
    {
        if (rule.FrequencyHz is not (50 or 60))
        {
            throw Invalid("line_noise.frequency_hz", $"{rule.FrequencyHz} is no frequency of mains; give 50 or 60");
        }

        RequireRatio(rule.MaxPowerRatio, "line_noise.max_power_ratio");
    }

    private static void RequireRecords(RequiredRecordsRule rule)
    {
        const string Path = "required_records";
        ResourceId.Check(rule.DatasetId, $"{Check}.{Path}.dataset_id");
        ResourceId.Check(rule.RequiredDatasetId, $"{Check}.{Path}.required_dataset_id");
        RequireTexts(rule.Columns, $"{Path}.columns", MaxColumns);
        RequireTexts(rule.RequiredValues, $"{Path}.required_values", MaxValues);
        if (rule.Columns.Count == 0)
        {
            throw Invalid($"{Path}.columns", "is empty; name the columns by which records belong together");
        }

        if (rule.ValueColumn.Length == 0 != (rule.RequiredValues.Count == 0))
        {
            throw Invalid(
                $"{Path}.value_column",
                "and required_values go together; give both, or neither where any record will do"
            );
        }

        RequestFields.Text(rule.ValueColumn, $"{Check}.{Path}.value_column", MaxText);
    }

    /// <summary>Whether it can be run is for PostgreSQL to say.</summary>
    private static void RequireSql(string sql)
    {
        RequestFields.Text(sql, SqlField, MaxSql);
        if (string.IsNullOrWhiteSpace(sql))
        {
            throw DendriteException.Invalid(SqlField, "is empty; give a SELECT that returns what must not be there");
        }
    }

    private static void RequireTexts(IReadOnlyList<string> texts, string path, int most)
    {
        if (texts.Count > most)
        {
            throw Invalid(path, $"has {texts.Count}; at most {most} are allowed");
        }

        for (var i = 0; i < texts.Count; i++)
        {
            if (RequestFields.Text(texts[i], $"{Check}.{path}[{i}]", MaxText).Length == 0)
            {
                throw Invalid($"{path}[{i}]", "is empty; leave it out or name something");
            }

            if (texts.Take(i).Contains(texts[i], StringComparer.Ordinal))
            {
                throw Invalid($"{path}[{i}]", $"'{RequestFields.Excerpt(texts[i])}' is there twice; give it once");
            }
        }
    }

    private static DendriteException Invalid(string path, string problem) =>
        DendriteException.Invalid($"{Check}.{path}", problem);
}
