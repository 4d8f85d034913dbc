namespace Aspire.Hosting;

/// <summary>
/// The application cannot be described, started or kept running as asked; the message says what to do.
/// </summary>
public class DistributedApplicationException : Exception
{
    public DistributedApplicationException() { }

    public DistributedApplicationException(string message)
        : base(message) { }

    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner) { }
}
