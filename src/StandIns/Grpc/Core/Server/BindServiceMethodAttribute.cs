namespace Grpc.Core;

/// <summary>On a generated service base: which static method lists the methods of the service.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = true)]
public class BindServiceMethodAttribute : Attribute
{
    /// <summary>
    /// Names <c>static void bindMethodName(ServiceBinderBase, TServiceBase)</c> of <paramref name="bindType"/>.
    /// </summary>
    public BindServiceMethodAttribute(Type bindType, string bindMethodName)
    {
        BindType = bindType;
        BindMethodName = bindMethodName;
    }

    /// <summary>The class with the method.</summary>
    public Type BindType { get; }

    /// <summary>The method.</summary>
    public string BindMethodName { get; }
}
