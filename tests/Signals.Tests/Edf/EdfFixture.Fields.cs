using System.Text;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Tests.Edf;

/// <summary>Where the fields of its files are, to damage them.</summary>
internal static partial class EdfFixture
{
    /// <summary>Overwrites a fixed-width field.</summary>
    public static byte[] With(this byte[] file, int offset, int width, string text)
    {
        byte[] changed = [.. file];
        Encoding.Latin1.GetBytes(text.PadRight(width)).CopyTo(changed, offset);
        return changed;
    }

    /// <summary>Offset of a signal's field in a file of <paramref name="signals"/> signals.</summary>
    public static int SignalField(string field, int signal, int signals = SignalCount)
    {
        int offset = EdfLayout.MainHeaderBytes;
        foreach (var (name, width) in EdfLayout.Signal)
        {
            if (name == field)
            {
                return offset + (width * signal);
            }
            offset += width * signals;
        }
        throw new ArgumentException($"No field {field}.", nameof(field));
    }
}
