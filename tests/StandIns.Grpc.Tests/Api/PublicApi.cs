using System.Reflection;

namespace Dendrite.StandIns.Grpc.Tests.Api;

/// <summary>
/// What an assembly shows to others, a line for each type and member, with everything that callers see.
/// </summary>
internal static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    public static IEnumerable<string> Of(Assembly assembly) =>
        assembly.GetTypes().Where(type => type.IsVisible).SelectMany(Of);

    private static IEnumerable<string> Of(Type type)
    {
        var name = NameOf(type);
        var kind = $"{(type.IsAbstract ? "abstract " : "")}{(type.IsSealed ? "sealed " : "")}";
        yield return $"{kind}{name} : {(type.BaseType is null ? "" : NameOf(type.BaseType))}";
        foreach (var member in type.GetMembers(Declared))
        {
            if (Describe(member) is { } line)
            {
                yield return $"{name}: {line}";
            }
        }
    }

    private static string? Describe(MemberInfo member) =>
        member switch
        {
            MethodInfo method when IsSeen(method) =>
                $"{Modifier(method)}{NameOf(method.ReturnType)} {method.Name}{Arity(method)}({Parameters(method)})",
            ConstructorInfo constructor when IsSeen(constructor) => $"new({Parameters(constructor)})",
            FieldInfo { IsLiteral: true } field when IsSeen(field) => $"{field.Name} = {field.GetRawConstantValue()}",
            FieldInfo field when IsSeen(field) => $"{NameOf(field.FieldType)} {field.Name}",
            _ => null,
        };

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsSeen(FieldInfo field) => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;

    private static string Modifier(MethodInfo method) =>
        method.IsStatic ? "static "
        : method.IsAbstract ? "abstract "
        : "";

    private static string Arity(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(NameOf))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        $"{NameOf(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? " = default" : "")}";

    private static string NameOf(Type type)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        if (type.HasElementType)
        {
            return NameOf(type.GetElementType()!) + (type.IsArray ? "[]" : "&");
        }

        var name = type.IsNested ? $"{NameOf(type.DeclaringType!)}.{type.Name}" : $"{type.Namespace}.{type.Name}";
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : name;
    }
}
