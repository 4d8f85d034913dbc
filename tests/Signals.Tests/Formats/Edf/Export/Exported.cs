using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Formats.Edf.Export;

namespace Dendrite.Signals.Tests.Formats.Edf.Export;

/// <summary>A file that a test wrote, and what it was told of it.</summary>
internal sealed record Exported(byte[] File, EdfExportPlan Plan)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Exported> OfAsync(RecordingReader reader, EdfExportOptions? options = null)
    {
        var plan = await EdfExport.PlanAsync(reader, options ?? new(), Cancellation);
        using var target = new MemoryStream();
        await plan.WriteAsync(target, progress: null, Cancellation);
        Assert.Equal(plan.FileBytes, target.Length);
        return new(target.ToArray(), plan);
    }

    public static async Task<string> RefusedAsync(RecordingReader reader, EdfExportOptions? options = null) =>
        (await Assert.ThrowsAsync<ExportRefusedException>(() => OfAsync(reader, options))).Message;

    /// <summary>The same file, read.</summary>
    public Task<RecordingReader> OpenAsync() => OpenAsync(File);

    public static Task<RecordingReader> OpenAsync(byte[] file) => new FilesInMemory(("file.edf", file)).OpenAsync();

    public Task<EdfRecording> ScanAsync() => EdfRecording.ScanAsync(new MemoryStream(File), Cancellation);
}
