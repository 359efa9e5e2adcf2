using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.Configuration;

namespace Snakepit.Hosting;

/// <summary>
/// Finds registered services whose constructors ask for a pool that does not exist, so that the start fails instead of the first request.
/// It cannot check factories, nor code outside services, such as an endpoint's lambda.
/// </summary>
/// <param name="services">All registered services.</param>
/// <param name="own">AddSnakepit's registrations of <see cref="IWorkerPool"/>. The application's own registrations are not checked.</param>
internal sealed class PoolConsumers(IServiceCollection services, IReadOnlyCollection<ServiceDescriptor> own)
{
    /// <summary>Returns one problem for each wrong key of a class.</summary>
    public IEnumerable<string> Problems(IReadOnlyCollection<string> names)
    {
        foreach (ServiceDescriptor service in services)
        {
            if ((service.IsKeyedService ? service.KeyedImplementationType : service.ImplementationType) is not { } type)
            {
                continue;
            }
            IEnumerable<object?> keys = type.GetConstructors().SelectMany(static constructor => constructor.GetParameters())
                .Where(static parameter => parameter.ParameterType == typeof(IWorkerPool))
                .Select(parameter => KeyOf(parameter, service));
            foreach (object? key in keys.Where(IsOwn))
            {
                if (PoolKey.Wrong(key, names) is { } wrong)
                {
                    yield return $"The constructor of {type} asks for an IWorkerPool: {wrong}";
                }
            }
        }
    }

    private static object? KeyOf(ParameterInfo parameter, ServiceDescriptor service) =>
        parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is not { } attribute ? null
        : attribute.LookupMode == ServiceKeyLookupMode.InheritKey ? service.ServiceKey
        : attribute.Key;

    /// <summary>Returns whether the container takes the pool from AddSnakepit.</summary>
    private bool IsOwn(object? key) =>
        !ReferenceEquals(key, KeyedService.AnyKey) // it is inherited, and known only when the service is requested
        && (Last(key) ?? Last(KeyedService.AnyKey)) is { } provider && own.Contains(provider);

    private ServiceDescriptor? Last(object? key) => services.LastOrDefault(service =>
        service.ServiceType == typeof(IWorkerPool) && service.IsKeyedService == (key is not null) && Equals(service.ServiceKey, key));
}
