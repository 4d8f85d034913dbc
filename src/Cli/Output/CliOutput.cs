using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dendrite.Cli.Hosting;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Spectre.Console;

namespace Dendrite.Cli.Output;

/// <summary>
/// Where results and messages go. Results go to standard output, everything else to standard error, so that a pipe gets
/// results only. Colour is drawn for people at a terminal and nowhere else.
/// </summary>
internal sealed class CliOutput
{
    /// <summary>With what operations hold: responses, and details of errors.</summary>
    private static readonly JsonFormatter Formatter = new(
        JsonFormatter
            .Settings.Default.WithFormatDefaultValues(true)
            .WithTypeRegistry(
                TypeRegistry.FromFiles(
                    V1.BackupReflection.Descriptor,
                    V1.ExperimentReflection.Descriptor,
                    V1.MergeReflection.Descriptor,
                    V1.QualityReflection.Descriptor,
                    V1.ReportReflection.Descriptor,
                    V1.SyncReflection.Descriptor,
                    Google.Protobuf.WellKnownTypes.EmptyReflection.Descriptor,
                    Google.Rpc.ErrorDetailsReflection.Descriptor
                )
            )
    );

    private readonly CliHost host;

    public CliOutput(CliHost host, bool json)
    {
        this.host = host;
        IsJson = json;
        IsInteractive = host.IsInteractive && !json;
        HasColour = host.IsOutputTerminal && !json && string.IsNullOrEmpty(host.GetVariable("NO_COLOR"));
        Terminal = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = new AnsiConsoleOutput(host.Error),
                Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = IsInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
            }
        );
    }

    /// <summary>Results are JSON.</summary>
    public bool IsJson { get; }

    /// <summary>A person is watching: progress bars are worth drawing.</summary>
    public bool IsInteractive { get; }

    /// <summary>
    /// Results are drawn in colour: for a terminal, and for people who do not mind (https://no-color.org).
    /// </summary>
    public bool HasColour { get; }

    /// <summary>
    /// A text of the result in a colour, where there are colours. What it says must not depend on it.
    /// </summary>
    public string Paint(string text, Colour colour) => HasColour ? $"\e[{(int)colour}m{text}\e[0m" : text;

    /// <summary>The terminal behind standard error.</summary>
    public IAnsiConsole Terminal { get; }

    /// <summary>
    /// A line of the result, in text mode. Control characters of Latin-1, which texts of devices may hold and some
    /// terminals obey, are left out of it.
    /// </summary>
    public void WriteLine(string line) =>
        host.Output.WriteLine(line.Any(IsOfLatin1) ? string.Concat(line.Where(each => !IsOfLatin1(each))) : line);

    /// <summary>The result as the contracts' JSON (proto3 mapping, one line).</summary>
    public void WriteMessage(IMessage message) => host.Output.WriteLine(Formatter.Format(message));

    /// <summary>The same with a field more, of what its command found besides.</summary>
    public void WriteMessage(IMessage message, string field, IEnumerable<IMessage> besides)
    {
        var all = AsStruct(message);
        all.Fields[field] = Value.ForList([.. besides.Select(one => Value.ForStruct(AsStruct(one)))]);
        WriteMessage(all);

        static Struct AsStruct(IMessage part) => JsonParser.Default.Parse<Struct>(Formatter.Format(part));
    }

    /// <summary>A result that says only that it is done: as JSON, or as this line.</summary>
    public void WriteResult(IMessage message, string line)
    {
        if (IsJson)
        {
            WriteMessage(message);
        }
        else
        {
            WriteLine(line);
        }
    }

    /// <summary>The result as JSON of a shape of our own, one line.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> shape) =>
        host.Output.WriteLine(JsonSerializer.Serialize(value, shape));

    /// <summary>
    /// A word about how it goes; not part of the result, and left out of JSON mode. Control characters of others' texts
    /// are left out of it, as of warnings and errors.
    /// </summary>
    public void Note(string line)
    {
        if (!IsJson)
        {
            host.Error.WriteLine(Plain(line));
        }
    }

    /// <summary>Below a list that ended at its limit.</summary>
    /// <param name="nextPageToken">Of the last page that was read.</param>
    public void NoteMore(string nextPageToken)
    {
        if (nextPageToken.Length > 0)
        {
            Note("There are more; see --limit.");
        }
    }

    /// <summary>A warning: yellow at a terminal. Left out of JSON mode.</summary>
    public void Warn(string line)
    {
        if (!IsJson)
        {
            WarnAlways(line);
        }
    }

    /// <summary>A warning without which the result, in JSON too, would be taken for more than it is.</summary>
    public void WarnAlways(string line)
    {
        if (IsInteractive)
        {
            Terminal.MarkupLineInterpolated($"[yellow]warning:[/] {Plain(line)}");
        }
        else
        {
            host.Error.WriteLine($"warning: {Plain(line)}");
        }
    }

    /// <summary>An error: red at a terminal.</summary>
    public void WriteError(string line)
    {
        if (IsInteractive)
        {
            Terminal.MarkupLineInterpolated($"[red]error:[/] {Plain(line)}");
        }
        else
        {
            host.Error.WriteLine($"error: {Plain(line)}");
        }
    }

    public void WriteErrorJson<T>(T value, JsonTypeInfo<T> shape) =>
        host.Error.WriteLine(JsonSerializer.Serialize(value, shape));

    /// <summary>Without what a terminal would obey. Messages have lines and tabs, no colours of their own.</summary>
    private static string Plain(string line) =>
        line.Any(IsObeyed) ? string.Concat(line.Where(each => !IsObeyed(each))) : line;

    private static bool IsObeyed(char character) => char.IsControl(character) && character is not ('\n' or '\t');

    private static bool IsOfLatin1(char character) => character is >= '\u0080' and <= '\u009f';
}

/// <summary>Colours of results, by their numbers in ANSI escape sequences.</summary>
internal enum Colour
{
    Red = 31,
    Green = 32,
    Yellow = 33,
}
