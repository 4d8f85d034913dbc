using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>
/// The sections of a header or marker file. Lines that begin with <c>;</c> are comments; after <c>[Comment]</c>
/// everything is free text.
/// </summary>
internal sealed class BrainVisionIni
{
    public const string CommonInfos = "Common Infos";

    private readonly Dictionary<string, Dictionary<string, FieldText>> sections = new(StringComparer.OrdinalIgnoreCase);

    private readonly string file;

    private BrainVisionIni(string file) => this.file = file;

    /// <summary>The free text at the end of a header: the amplifier's and software's own protocol.</summary>
    public string Comment { get; private set; } = "";

    /// <param name="text">The whole file.</param>
    /// <param name="file">Its name for messages; empty for the main file.</param>
    public static BrainVisionIni Parse(TextLines text, string file, RecordingWarnings warnings)
    {
        var ini = new BrainVisionIni(file);
        var section = new Dictionary<string, FieldText>(StringComparer.OrdinalIgnoreCase);
        // The first line says what the file is.
        for (int i = 1; i < text.Lines.Count; i++)
        {
            var (offset, line) = text.Lines[i];
            string trimmed = line.Trim();
            if (trimmed.StartsWith('[') && trimmed.EndsWith(']'))
            {
                string name = trimmed[1..^1].Trim();
                if (name.Equals("Comment", StringComparison.OrdinalIgnoreCase))
                {
                    ini.Comment = string.Join('\n', text.Lines.Skip(i + 1).Select(rest => rest.Text)).Trim('\n');
                    break;
                }
                ini.sections.TryAdd(name, new(StringComparer.OrdinalIgnoreCase));
                section = ini.sections[name];
            }
            else if (trimmed.Length > 0 && trimmed[0] != ';')
            {
                ini.Add(section, offset, line, warnings);
            }
        }
        return ini;
    }

    /// <summary>The entries of a section, in order; none where it is missing.</summary>
    public IEnumerable<KeyValuePair<string, FieldText>> Section(string name) =>
        sections.TryGetValue(name, out var section) ? section : [];

    /// <summary>A value; empty where it is missing.</summary>
    public FieldText Find(string section, string key) =>
        sections.TryGetValue(section, out var entries) && entries.TryGetValue(key, out var value)
            ? value
            : new($"[{section}] {key}", 0, "", file);

    /// <exception cref="RecordingFormatException">It is missing or empty.</exception>
    public FieldText Get(string section, string key)
    {
        var value = Find(section, key);
        return value.Text.Length > 0 ? value : throw value.Refuse("Missing. Export the recording again, or add it.");
    }

    /// <summary>Fields are separated by commas; a comma within one is written <c>\1</c>.</summary>
    public static string[] Fields(FieldText value) =>
        [.. value.Text.Split(',').Select(field => field.Replace("\\1", ",", StringComparison.Ordinal).Trim())];

    private void Add(Dictionary<string, FieldText> section, long offset, string line, RecordingWarnings warnings)
    {
        int equals = line.IndexOf('=');
        string key = equals < 0 ? "" : line[..equals].Trim();
        if (key.Length == 0)
        {
            warnings.Add(
                RecordingWarningKind.LineMalformed,
                "line",
                offset,
                $"'{line}' is no KEY=VALUE; left out.",
                file
            );
            return;
        }
        var field = new FieldText(key, offset, line[(equals + 1)..].Trim(), file);
        if (!section.TryAdd(key, field))
        {
            warnings.Add(
                RecordingWarningKind.LineMalformed,
                key,
                offset,
                "Occurs twice in its section; the first one counts.",
                file
            );
        }
    }
}
