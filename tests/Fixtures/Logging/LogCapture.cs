using Microsoft.Extensions.Logging;

namespace Dendrite.Fixtures.Logging;

/// <summary>
/// Keeps what is logged. An error that no test announced fails the test (<see cref="VerifyNoErrors"/>): a service that
/// answers right and logs a stack trace for it is not right. Safe for concurrent use.
/// </summary>
public sealed class LogCapture : ILoggerProvider
{
    private readonly List<LogEntry> entries = [];
    private readonly List<Predicate<LogEntry>> expected = [];
    private readonly Lock gate = new();

    public IReadOnlyList<LogEntry> Entries
    {
        get
        {
            lock (gate)
                return [.. entries];
        }
    }

    /// <summary>The errors so far that were not announced.</summary>
    public IReadOnlyList<LogEntry> UnexpectedErrors
    {
        get
        {
            lock (gate)
                return entries.FindAll(entry => entry.Level >= LogLevel.Error && !expected.Exists(e => e(entry)));
        }
    }

    /// <summary>Announces errors that the test provokes.</summary>
    public void ExpectErrors(Predicate<LogEntry> which)
    {
        lock (gate)
            expected.Add(which);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        // Checked by VerifyNoErrors: a provider is disposed by its container, where throwing would hide the test's own
        // failure.
    }

    /// <exception cref="InvalidOperationException">There were errors that no test announced; the message has
    /// them.</exception>
    public void VerifyNoErrors()
    {
        if (UnexpectedErrors is { Count: > 0 } errors)
            throw new InvalidOperationException($"Unexpected errors were logged:\n{string.Join('\n', errors)}");
    }

    private void Add(LogEntry entry)
    {
        lock (gate)
            entries.Add(entry);
    }

    private sealed class Logger(LogCapture capture, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => capture.Add(new LogEntry(category, logLevel, eventId, formatter(state, exception), exception));
    }
}
