using System.Globalization;

namespace Dendrite.Benchmarks.Ingest;

/// <summary>What a process and its children have used of the machine, as the kernel counts it (Linux).</summary>
internal static class ProcessCost
{
    // The kernel's clock ticks, the same on every architecture that .NET runs on.
    private const double TicksPerSecond = 100;

    // Of the fields behind the name in /proc/PID/stat.
    private const int Parent = 1;
    private const int FirstTime = 11;
    private const int Times = 4;

    /// <summary>Processor time so far, of the children that have ended too; zero where there is no /proc.</summary>
    public static TimeSpan ProcessorTime(int processId)
    {
        if (!OperatingSystem.IsLinux())
        {
            return TimeSpan.Zero;
        }

        var ticks = Own(processId) + Children(processId).Sum(Own);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    /// <summary>Memory that the process holds at this moment, in bytes; zero where there is no /proc.</summary>
    public static long WorkingSetBytes(int processId)
    {
        var path = $"/proc/{processId}/status";
        var line = File.Exists(path)
            ? File.ReadLines(path).First(each => each.StartsWith("VmRSS:", StringComparison.Ordinal))
            : "VmRSS: 0 kB";
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture)
            * 1024;
    }

    private static double Own(int processId) =>
        Fields(processId) is { } fields ? fields[FirstTime..(FirstTime + Times)].Sum(double.Parse) : 0;

    private static IEnumerable<int> Children(int processId) =>
        Directory
            .EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0)
            .Where(id => id > 0 && Fields(id) is { } fields && fields[Parent] == $"{processId}");

    /// <summary>The fields behind the name, which may hold spaces; null where the process has just ended.</summary>
    private static string[]? Fields(int processId)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{processId}/stat");
            return line[(line.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
