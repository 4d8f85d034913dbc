using System.Reflection;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Grpc.AspNetCore.Server.Reflection;

/// <summary>
/// The files behind the mapped services, by file name and by every symbol in them. Immutable once made.
/// </summary>
internal sealed class DescriptorIndex
{
    private readonly Dictionary<string, FileDescriptor> filesByName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> filesBySymbol = new(StringComparer.Ordinal);

    public DescriptorIndex(MappedServices mapped)
    {
        ServiceNames = [.. mapped.ByName.Keys.Order(StringComparer.Ordinal)];
        foreach (var service in mapped.ByName.Values)
        {
            if (FindFile(service) is { } file)
            {
                Add(file);
            }
        }
    }

    public IReadOnlyList<string> ServiceNames { get; }

    public FileDescriptor? FindByName(string name) => filesByName.GetValueOrDefault(name);

    public FileDescriptor? FindBySymbol(string symbol) => filesBySymbol.GetValueOrDefault(symbol);

    /// <summary>The file and all that it imports, directly or not, each once, the file itself first.</summary>
    public static IEnumerable<FileDescriptor> WithImports(FileDescriptor file)
    {
        var seen = new HashSet<FileDescriptor> { file };
        var queue = new Queue<FileDescriptor>(seen);
        while (queue.TryDequeue(out var next))
        {
            yield return next;
            foreach (var import in next.Dependencies.Where(seen.Add))
            {
                queue.Enqueue(import);
            }
        }
    }

    /// <summary>Generated service classes have a static <c>Descriptor</c>.</summary>
    private static FileDescriptor? FindFile(Type service)
    {
        var generated = service.GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)?.BindType;
        var property = generated?.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static);
        return (property?.GetValue(obj: null) as ServiceDescriptor)?.File;
    }

    private void Add(FileDescriptor root)
    {
        foreach (var file in WithImports(root))
        {
            if (!filesByName.TryAdd(file.Name, file))
            {
                continue;
            }

            foreach (var service in file.Services)
            {
                AddSymbol(service);
                AddSymbols(service.Methods);
            }

            AddSymbols(file.EnumTypes);
            foreach (var message in file.MessageTypes)
            {
                AddMessage(message);
            }
        }
    }

    private void AddMessage(MessageDescriptor message)
    {
        AddSymbol(message);
        AddSymbols(message.EnumTypes);
        AddSymbols(message.Fields.InDeclarationOrder());
        foreach (var nested in message.NestedTypes)
        {
            AddMessage(nested);
        }
    }

    private void AddSymbols(IEnumerable<IDescriptor> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            AddSymbol(descriptor);
        }
    }

    private void AddSymbol(IDescriptor descriptor) => filesBySymbol.TryAdd(descriptor.FullName, descriptor.File);
}
