using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Findings;

namespace Dendrite.Reports.Sections;

/// <summary>The parts of a report, in their order: what was found first, how last.</summary>
internal static class ReportSections
{
    public static IReadOnlyList<Section> Of(ReportDocument document) =>
        PageRoom.Fit([
            new(
                "findings",
                "Findings",
                [
                    new Bullets(Conclusions.Of(document)),
                    .. Conclusions.LimitsOf(document).Select(limit => new Paragraph(limit)),
                ]
            ),
            ComparedSection.Of(document),
            StreamSection.Of(document),
            ChannelSection.Of(document),
            RecordSection.Of(document),
            MethodSection.Of(document),
        ]);
}
