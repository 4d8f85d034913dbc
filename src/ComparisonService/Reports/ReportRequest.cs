using System.Text;
using Dendrite.ComparisonService.Experiments;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.ComparisonService.Reports;

/// <summary>Reads what is asked for, and says which work it is.</summary>
internal static class ReportRequest
{
    /// <summary>The RPC whose work it is.</summary>
    public const string Method = "dendrite.v1.ReportService/CreateReport";

    /// <summary>
    /// Changes when the same comparison would give another document: then it is made anew, and not answered from what
    /// is kept.
    /// </summary>
    private static readonly byte[] Edition = "document 3"u8.ToArray();

    private const int MaxTitleLength = 200;
    private const string TitleField = "report.display_name";

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static AskedReport Read(CreateReportRequest request)
    {
        try
        {
            var options = ExperimentSettings.Settle(request.Report?.Options);
            return new(ReadTitle(request.Report?.DisplayName ?? ""), request.Comparand?.Mode ?? default, options);
        }
        catch (DendriteException refusal)
        {
            throw InReport(refusal);
        }
    }

    private static string ReadTitle(string asked)
    {
        var title = RequestFields.Text(asked, TitleField, MaxTitleLength).Trim();
        return title.Contains('\n')
            ? throw DendriteException.Invalid(TitleField, "has more than one line; give one")
            : title;
    }

    /// <summary>Work that is the same for the same request of the same person on the same snapshots.</summary>
    /// <param name="creator">Stands in the document, so that nobody is answered with another one's.</param>
    public static LongWork ToWork(SettledReport settled, string creator)
    {
        var message = settled.ToMessage();
        return new(Method, message) { Identity = [message.ToByteArray(), Encoding.UTF8.GetBytes(creator), Edition] };
    }

    /// <summary>Options stand in a field of this request: an error about them says which.</summary>
    public static DendriteException InReport(DendriteException refusal)
    {
        const string Options = "options";
        return refusal.FieldViolations.Any(IsAboutOptions)
            ? new(refusal.Reason, $"report.{refusal.Message}", refusal)
            {
                Metadata = refusal.Metadata,
                FieldViolations =
                [
                    .. refusal.FieldViolations.Select(one =>
                        IsAboutOptions(one) ? one with { Field = $"report.{one.Field}" } : one
                    ),
                ],
            }
            : refusal;

        static bool IsAboutOptions(FieldViolation violation) =>
            violation.Field.StartsWith(Options, StringComparison.Ordinal);
    }
}

/// <summary>A report as it was asked for.</summary>
/// <param name="Title">Empty where none was given.</param>
/// <param name="Options">With every default filled in.</param>
internal sealed record AskedReport(string Title, DiffMode Mode, ExperimentComparisonOptions Options);
