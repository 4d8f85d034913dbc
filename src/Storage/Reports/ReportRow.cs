using Npgsql;

namespace Dendrite.Storage.Reports;

/// <summary>The columns of a report <c>r</c>, and how they are read.</summary>
internal static class ReportRow
{
    public const string Columns = """
        r.report_id, r.display_name, r.from_branch, r.to_branch, r.comparand, r.options, r.creator, r.create_time,
        (SELECT array_agg(d.format ORDER BY d.format) FROM comparison.report_document AS d
         WHERE d.project_id = r.project_id AND d.report_id = r.report_id) AS formats,
        (SELECT array_agg(d.digest ORDER BY d.format) FROM comparison.report_document AS d
         WHERE d.project_id = r.project_id AND d.report_id = r.report_id) AS digests
        """;

    public static ReportRecord Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetString(1))
        {
            FromBranch = row.GetString(2),
            ToBranch = row.GetString(3),
            Comparand = row.GetFieldValue<byte[]>(4),
            Options = row.GetFieldValue<byte[]>(5),
            Creator = row.GetString(6),
            CreateTime = row.GetFieldValue<DateTimeOffset>(7),
            Digests = row.GetFieldValue<string[]>(8)
                .Zip(row.GetFieldValue<byte[][]>(9))
                .ToDictionary(pair => Parse(pair.First), pair => pair.Second),
        };

    public static string Name(ReportForm form) => form.ToString().ToLowerInvariant();

    private static ReportForm Parse(string name) => Enum.Parse<ReportForm>(name, ignoreCase: true);
}
