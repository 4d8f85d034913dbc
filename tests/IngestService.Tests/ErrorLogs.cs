using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Dendrite.IngestService.Tests;

/// <summary>Keeps what the service logs as an error: a test that did not ask for one fails on it.</summary>
internal sealed class ErrorLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<string> errors = new();

    public IReadOnlyCollection<string> Errors => errors;

    public ILogger CreateLogger(string categoryName) => new ErrorLog(categoryName, errors);

    public void Dispose() { }

    private sealed class ErrorLog(string category, ConcurrentQueue<string> errors) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (IsEnabled(logLevel))
            {
                errors.Enqueue($"{category}: {formatter(state, exception)} {exception}");
            }
        }
    }
}
