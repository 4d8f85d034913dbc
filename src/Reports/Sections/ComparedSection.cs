using System.Globalization;
using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Text;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Reports.Sections;

/// <summary>What was compared, at which versions, and by whom.</summary>
internal static class ComparedSection
{
    public static Section Of(ReportDocument document)
    {
        var comparand = document.Comparand;
        var isSinceBase = document.Mode == DiffMode.FromMergeBase;
        var fromDigest = Digest(comparand.FromDigest);
        string[][] rows =
        [
            Row("branch", Branch(comparand.From), Branch(comparand.To)),
            Row("state", Point(comparand.From), Point(comparand.To)),
            Row("newest commit by", document.FromCommit?.Author, document.ToCommit?.Author),
            Row("newest commit at", Time(document.FromCommit), Time(document.ToCommit)),
            Row("newest commit", document.FromCommit?.Message, document.ToCommit?.Message),
            Row("digest of what it sees", isSinceBase ? null : fromDigest, Digest(comparand.ToDigest)),
        ];
        var mode = isSinceBase
            ? "Streams, channels, datasets and records are compared with the merge base of both sides, digest "
                + $"{fromDigest}: what the old side changed since is left out."
            : "The old side (from) is compared with the new one (to).";
        return new(
            "compared",
            "What was compared",
            [
                new Paragraph($"Compared by {Words.Short(document.Creator)}. {mode}"),
                new Table("Both sides", ["", "From (old)", "To (new)"], rows),
            ]
        );
    }

    private static string[] Row(string what, string? from, string? to) => [what, Shown(from), Shown(to)];

    private static string Shown(string? text) => string.IsNullOrEmpty(text) ? "–" : Words.Short(text, 200);

    private static string Branch(SnapshotReference? side) => Words.Id(side?.Branch ?? "");

    private static string Point(SnapshotReference? side) =>
        side?.Point?.PointCase switch
        {
            SnapshotPoint.PointOneofCase.Version => $"version {side.Point.Version}",
            SnapshotPoint.PointOneofCase.Tag => $"tag {Words.Id(side.Point.Tag)}",
            _ => "",
        };

    private static string Time(SideCommit? commit) =>
        commit is null
            ? ""
            : commit.Time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Digest(ByteString digest) => Convert.ToHexStringLower(digest.Span);
}
