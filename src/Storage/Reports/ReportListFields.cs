using Dendrite.Storage.Filtering;
using NpgsqlTypes;

namespace Dendrite.Storage.Reports;

/// <summary>What lists of reports are filtered by.</summary>
public static class ReportListFields
{
    public static RowField Creator { get; } = new("r.creator", NpgsqlDbType.Text);

    public static RowField CreateTime { get; } = new("r.create_time", NpgsqlDbType.TimestampTz);

    public static RowField FromBranch { get; } = new("r.from_branch", NpgsqlDbType.Text);

    public static RowField ToBranch { get; } = new("r.to_branch", NpgsqlDbType.Text);
}
