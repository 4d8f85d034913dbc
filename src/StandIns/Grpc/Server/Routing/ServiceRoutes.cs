using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// One endpoint for each method of a service, and those that answer UNIMPLEMENTED for what is missing.
/// </summary>
internal static class ServiceRoutes
{
    public static List<IEndpointConventionBuilder> Map<TService>(
        IEndpointRouteBuilder routes,
        CallServer server,
        MappedServices mapped
    )
        where TService : class
    {
        var binder = new ServiceMethodBinder<TService>(server);
        Bind(typeof(TService), binder);
        var endpoints = new List<IEndpointConventionBuilder>();
        foreach (var method in binder.Methods)
        {
            endpoints.Add(MapMethod(routes, typeof(TService), method));
        }

        var newServices = binder
            .Methods.Select(method => method.Method.ServiceName)
            .Distinct(StringComparer.Ordinal)
            .Where(service => mapped.TryAdd(service, typeof(TService)))
            .ToList();
        if (server.Settings.AnswersUnknown)
        {
            endpoints.AddRange(newServices.Select(service => MapUnknownMethods(routes, service)));
            if (mapped.TryMapUnknownService())
            {
                endpoints.Add(MapUnknownServices(routes));
            }
        }

        return endpoints;
    }

    private static void Bind(Type service, ServiceBinderBase binder)
    {
        var attribute = service.GetCustomAttribute<BindServiceMethodAttribute>(inherit: true);
        var bind = attribute?.BindType.GetMethod(
            attribute.BindMethodName,
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static,
            binder: null,
            [typeof(ServiceBinderBase), attribute.BindType.DeclaringType is null ? service : BaseOf(service)],
            modifiers: null
        );
        if (bind is null)
        {
            throw new InvalidOperationException(
                $"{service} is no gRPC service: it does not derive from a generated service base."
            );
        }

        bind.Invoke(obj: null, BindingFlags.DoNotWrapExceptions, binder: null, [binder, null], culture: null);
    }

    /// <summary>The generated base: the ancestor that bears the attribute itself.</summary>
    private static Type BaseOf(Type service)
    {
        var type = service;
        while (!type.IsDefined(typeof(BindServiceMethodAttribute), inherit: false))
        {
            type = type.BaseType!;
        }

        return type;
    }

    private static IEndpointConventionBuilder MapMethod(IEndpointRouteBuilder routes, Type service, BoundMethod method)
    {
        var endpoint = routes.Map(method.Method.FullName, method.Handle);
        endpoint.Add(builder =>
        {
            builder.DisplayName = $"gRPC - {method.Method.FullName}";
            builder.Metadata.Add(new GrpcMethodMetadata(service, method.Method));
            foreach (var item in method.Metadata)
            {
                builder.Metadata.Add(item);
            }
        });
        return endpoint;
    }

    private static IEndpointConventionBuilder MapUnknownMethods(IEndpointRouteBuilder routes, string service) =>
        MapUnimplemented(routes, $"/{service}/{{unimplementedMethod}}", "Method is unimplemented.")
            .WithDisplayName($"gRPC - Unimplemented method for {service}");

    private static IEndpointConventionBuilder MapUnknownServices(IEndpointRouteBuilder routes) =>
        MapUnimplemented(routes, "/{unimplementedService}/{unimplementedMethod}", "Service is unimplemented.")
            .WithDisplayName("gRPC - Unimplemented service");

    private static IEndpointConventionBuilder MapUnimplemented(
        IEndpointRouteBuilder routes,
        string pattern,
        string detail
    )
    {
        var status = new Status(StatusCode.Unimplemented, detail);
        var constraint = new GrpcRequestConstraint();
        var parsed = RoutePatternFactory.Parse(
            pattern,
            defaults: null,
            new RouteValueDictionary { ["unimplementedMethod"] = constraint }
        );
        return routes.Map(
            parsed,
            context =>
            {
                ResponseTail.StartHeaders(context.Response);
                ResponseTail.WriteStatus(context.Response, status, trailers: null);
                return Task.CompletedTask;
            }
        );
    }

    /// <summary>Leaves everything that is no gRPC call to the application's other endpoints.</summary>
    private sealed class GrpcRequestConstraint : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext,
            IRouter? route,
            string routeKey,
            RouteValueDictionary values,
            RouteDirection routeDirection
        ) => httpContext is not null && RequestCheck.IsGrpc(httpContext.Request);
    }
}
