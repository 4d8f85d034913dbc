using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Dendrite.Storage.Reports;

/// <summary>Stores reports with their documents, and reads these part by part. Thread-safe.</summary>
public sealed class ReportDocumentStore(PlatformDatabase database)
{
    /// <summary>Bytes of a part: a message of a stream, and what a reader holds.</summary>
    public const int PartBytes = 256 << 10;

    /// <summary>
    /// Stores a report with its documents, all or nothing, and gives it as it is stored. One that is stored already
    /// stays as it is: an operation that is begun twice makes the same. Two round trips.
    /// </summary>
    /// <param name="report">Without digests and time, which are set here.</param>
    public async Task<ReportRecord> AddAsync(
        ProjectId project,
        ReportRecord report,
        IReadOnlyDictionary<ReportForm, byte[]> documents,
        CancellationToken cancellationToken
    )
    {
        await using (var batch = database.CreateBatch(project))
        {
            AddReport(batch, project, report);
            foreach (var (form, document) in documents.OrderBy(pair => pair.Key))
            {
                AddDocument(batch, project, report.Id, (form, document));
            }

            await batch.ExecuteAsync(cancellationToken);
        }

        await using var read = database.CreateBatch(project);
        read.Add(
                $"""
                SELECT {ReportRow.Columns} FROM comparison.report AS r
                WHERE r.project_id = @project AND r.report_id = @report
                """
            )
            .With("project", project.Value)
            .With("report", report.Id);
        // Deleted between the two: it was made all the same, and whoever asks for it next is told.
        return await read.ReadRowAsync(ReportRow.Read, cancellationToken) ?? report;
    }

    /// <summary>
    /// The parts of a document in their order; nothing where there is no such report. A round trip a part, and no
    /// connection is held between two.
    /// </summary>
    /// <exception cref="Errors.DendriteException">REPORT_NOT_FOUND: it was deleted before its last part was read.
    /// </exception>
    public async IAsyncEnumerable<byte[]> ReadAsync(
        ProjectId project,
        string id,
        ReportForm form,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var last = 0;
        for (var part = 0; part <= last; part++)
        {
            await using var batch = database.CreateBatch(project);
            batch
                .Add(
                    """
                    SELECT p.content, (SELECT max(l.part) FROM comparison.report_part AS l
                        WHERE l.project_id = @project AND l.report_id = @report AND l.format = @format)
                    FROM comparison.report_part AS p
                    WHERE p.project_id = @project AND p.report_id = @report AND p.format = @format AND p.part = @part
                    """
                )
                .With("project", project.Value)
                .With("report", id)
                .With("format", ReportRow.Name(form))
                .With("part", part);
            var found = await batch.ReadRowAsync(
                row => new DocumentPart(row.GetFieldValue<byte[]>(0), row.GetInt32(1)),
                cancellationToken
            );
            if (found is null && part == 0)
            {
                yield break;
            }

            // A document that ends before its end must not pass for one.
            (var content, last) = found ?? throw ReportStore.NoSuch(id);
            yield return content;
        }
    }

    private static void AddReport(ProjectBatch batch, ProjectId project, ReportRecord report) =>
        batch
            .Add(
                """
                INSERT INTO comparison.report (project_id, report_id, display_name, from_branch, to_branch, comparand,
                    options, creator)
                VALUES (@project, @report, @title, @from_branch, @to_branch, @comparand, @options, @creator)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", project.Value)
            .With("report", report.Id)
            .With("title", report.DisplayName)
            .With("from_branch", report.FromBranch)
            .With("to_branch", report.ToBranch)
            .With("comparand", report.Comparand)
            .With("options", report.Options)
            .With("creator", report.Creator);

    private static void AddDocument(
        ProjectBatch batch,
        ProjectId project,
        string report,
        (ReportForm Form, byte[] Bytes) document
    )
    {
        batch
            .Add(
                """
                INSERT INTO comparison.report_document (project_id, report_id, format, digest)
                VALUES (@project, @report, @format, @digest)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", project.Value)
            .With("report", report)
            .With("format", ReportRow.Name(document.Form))
            .With("digest", SHA256.HashData(document.Bytes));
        foreach (var (part, content) in document.Bytes.Chunk(PartBytes).Index())
        {
            batch
                .Add(
                    """
                    INSERT INTO comparison.report_part (project_id, report_id, format, part, content)
                    VALUES (@project, @report, @format, @part, @content)
                    ON CONFLICT DO NOTHING
                    """
                )
                .With("project", project.Value)
                .With("report", report)
                .With("format", ReportRow.Name(document.Form))
                .With("part", part)
                .With("content", content);
        }
    }

    /// <param name="Last">Number of the document's last part.</param>
    private sealed record DocumentPart(byte[] Content, int Last);
}
