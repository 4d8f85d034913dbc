using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Tailing;

/// <summary>Shows what comes of a tail, as it comes.</summary>
internal interface ITailView : IDisposable
{
    Task ShowAsync(TailResponse message, CancellationToken cancellationToken);

    /// <summary>Nothing comes any more: shows what waited for more.</summary>
    void Complete();
}

/// <summary>What comes of a tail besides samples: messages of the contract for machines, words for people.</summary>
internal static class TailEvents
{
    public static void Show(CliOutput output, TailResponse message)
    {
        if (output.IsJson)
        {
            output.WriteMessage(message);
            return;
        }
        switch (message.MessageCase)
        {
            case TailResponse.MessageOneofCase.Gap:
                var gap = message.Gap;
                output.Note($"missing: {Bounds(gap.Range)} ({gap.Cause}) {OnOneLine(gap.Note, 60)}".TrimEnd());
                break;
            case TailResponse.MessageOneofCase.Skipped:
                output.Warn($"too slow here: {Bounds(message.Skipped)} left out; they are stored, read them later");
                break;
            case TailResponse.MessageOneofCase.Annotation:
                var note = message.Annotation;
                output.Note($"note at sample {note.StartSample}: {OnOneLine(note.Text, 100)}");
                break;
            case TailResponse.MessageOneofCase.Finished:
                output.Note($"finished at sample {message.Finished.EndSample}");
                break;
            default:
                break;
        }
    }

    private static string OnOneLine(string text, int length) => Shown.OnOneLine(Shown.Brief(text, length));

    private static string Bounds(SampleRange range) => $"samples {range.StartSample} to {range.EndSample}";
}
