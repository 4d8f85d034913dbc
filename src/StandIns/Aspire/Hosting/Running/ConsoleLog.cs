using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>
/// Everyone's lines on one console, each behind its resource's name; colours only on a terminal, and not where NO_COLOR
/// is set.
/// </summary>
internal sealed class ConsoleLog(IResourceCollection resources)
{
    private const string OwnName = "apphost";
    private const string Reset = "\e[0m";
    private const string ErrorColour = "\e[31m";

    // Bright enough on dark and light backgrounds; red is for errors alone.
    private static readonly string[] Colours =
    [
        "\e[36m",
        "\e[32m",
        "\e[35m",
        "\e[34m",
        "\e[33m",
        "\e[96m",
        "\e[92m",
        "\e[95m",
    ];

    private readonly Lock gate = new();
    private readonly bool coloured =
        !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    // Replicas add "-0" to a name.
    private int Width => Math.Max(OwnName.Length, resources.Where(IsRun).Max(r => (int?)r.Name.Length + 2) ?? 0);

    public void Write(string name, string line) => WriteLine(name, ColourOf(name), line);

    public void WriteOwn(string line) => WriteLine(OwnName, string.Empty, line);

    public void WriteError(string line) => WriteLine(OwnName, ErrorColour, line);

    private static bool IsRun(IResource resource) =>
        resource is ProjectResource or PostgresServerResource or RedisResource;

    private void WriteLine(string name, string colour, string text)
    {
        var prefix = name.PadRight(Width) + " | ";
        lock (gate)
        {
            foreach (var line in text.Split('\n'))
            {
                Console.Out.WriteLine(coloured ? $"{colour}{prefix}{Reset}{line}" : prefix + line);
            }
        }
    }

    private string ColourOf(string name)
    {
        var index = resources.TakeWhile(r => !name.StartsWith(r.Name, StringComparison.Ordinal)).Count(IsRun);
        return Colours[index % Colours.Length];
    }
}

/// <summary>Puts what the AppHost itself logs among the lines of its resources.</summary>
internal sealed class ConsoleLogProvider(ConsoleLog console) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Logger(console);

    public void Dispose() { }

    private sealed class Logger(ConsoleLog console) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (!IsEnabled(logLevel))
            {
                return;
            }

            var text = formatter(state, exception) + (exception is null ? string.Empty : $"\n{exception}");
            if (logLevel >= LogLevel.Error)
            {
                console.WriteError(text);
            }
            else
            {
                console.WriteOwn(text);
            }
        }
    }
}
