using Dendrite.Contracts.Filters;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Lists;

/// <summary>What annotations are listed by.</summary>
internal static class AnnotationFilter
{
    private const string Known = "category, text, start_sample, channels and version";

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter) => FilterMapping.Map(filter, Read);

    private static RowCondition Read(FilterComparison comparison) =>
        comparison.Field.Name switch
        {
            "category" => FilterMapping.Text(comparison, AnnotationFields.Category),
            "text" => FilterMapping.Text(comparison, AnnotationFields.Text),
            "start_sample" => FilterMapping.Number(comparison, AnnotationFields.StartSample),
            "version" => FilterMapping.Number(comparison, AnnotationFields.Version),
            "channels" => Channel(comparison),
            _ => throw FilterError.UnknownField(comparison.Field, Known),
        };

    /// <summary><c>channels:Fp1</c> is what names the channel, <c>channels:*</c> what names any.</summary>
    private static RowCondition Channel(FilterComparison comparison)
    {
        if (comparison.Operator != FilterOperator.Has)
        {
            throw FilterError.BadOperator(
                comparison,
                ": with the label of a channel, or with * (whether it names any)"
            );
        }

        var field = comparison.Value.IsAny
            ? AnnotationFields.NamesChannels
            : AnnotationFields.Names(comparison.Value.ToText());
        return RowCondition.Compare(field, RowComparison.Equal, true);
    }
}
