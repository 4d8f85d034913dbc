using Dendrite.Contracts.Filters;
using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Reports;

namespace Dendrite.ComparisonService.Reports;

/// <summary>Reads the filter of <c>ListReports</c>.</summary>
internal static class ReportFilter
{
    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter, ProjectName project) =>
        FilterMapping.Map(
            filter,
            comparison =>
                comparison.Field.Name switch
                {
                    "creator" => FilterMapping.Text(comparison, ReportListFields.Creator),
                    "create_time" => FilterMapping.Instant(comparison, ReportListFields.CreateTime),
                    "comparand.from.branch" => Branch(comparison, ReportListFields.FromBranch, project),
                    "comparand.to.branch" => Branch(comparison, ReportListFields.ToBranch, project),
                    _ => throw FilterError.UnknownField(
                        comparison.Field,
                        "creator, create_time, comparand.from.branch and comparand.to.branch"
                    ),
                }
        );

    private static RowCondition Branch(FilterComparison comparison, RowField field, ProjectName project) =>
        FilterMapping.Name(comparison, field, $"{project}/branches/");
}
