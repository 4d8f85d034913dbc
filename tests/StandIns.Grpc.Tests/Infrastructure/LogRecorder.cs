using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Dendrite.StandIns.Grpc.Tests.Infrastructure;

/// <summary>One line that was logged.</summary>
internal sealed record LogEntry(string Category, LogLevel Level, EventId Event, string Text, Exception? Error);

/// <summary>Keeps what a server logs, so that a test can say what it must and must not.</summary>
internal sealed class LogRecorder : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> entries = new();

    public IReadOnlyCollection<LogEntry> Entries => entries;

    public IEnumerable<LogEntry> Errors => entries.Where(entry => entry.Level >= LogLevel.Error);

    public ILogger CreateLogger(string categoryName) => new Logger(entries, categoryName);

    public void Dispose() { }

    private sealed class Logger(ConcurrentQueue<LogEntry> entries, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        ) => entries.Enqueue(new LogEntry(category, logLevel, eventId, formatter(state, exception), exception));
    }
}
