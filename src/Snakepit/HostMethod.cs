using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace Snakepit;

/// <summary>Calls a .NET method as a host tool: finds its arguments, and awaits its result.</summary>
[RequiresUnreferencedCode(HostMethod.Reflection)]
[RequiresDynamicCode(HostMethod.Reflection)]
internal sealed class HostMethod
{
    public const string Reflection =
        "The parameters of the method are found by reflection. Use the overload that takes a HostToolCall.";

    private static readonly Type[] s_provided = [typeof(CancellationToken), typeof(HostToolCall), typeof(IServiceProvider)];
    private readonly string _tool;
    private readonly MethodInfo _method;
    private readonly ParameterInfo[] _parameters;
    private readonly ParameterInfo[] _arguments; // those that Python gives
    private readonly ArgumentReader[] _readers; // of the arguments
    private readonly Func<object?, ValueTask<object?>> _await;

    public HostMethod(string tool, MethodInfo method, bool hasTarget)
    {
        _tool = tool;
        _method = method;
        // A delegate to a static method may have its first argument bound.
        _parameters = hasTarget && method.IsStatic ? method.GetParameters()[1..] : method.GetParameters();
        _arguments = [.. _parameters.Where(static parameter => !s_provided.Contains(parameter.ParameterType))];
        Check();
        _readers = Array.ConvertAll(_arguments, static argument => ArgumentReader.Create(argument.ParameterType));
        _await = AwaiterOf(method.ReturnType);
    }

    public static HostMethod Of(string tool, Delegate method)
    {
        ArgumentNullException.ThrowIfNull(method);
        return new HostMethod(tool, method.Method, hasTarget: method.Target is not null);
    }

    /// <summary>Returns an instance of a class from the services of the call, or one created with them, which ends with the call.</summary>
    public static T Resolve<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(HostToolCall call)
        where T : class
    {
        if (call.Services?.GetService<T>() is { } service)
        {
            return service;
        }
        T created = call.Services is { } services ? ActivatorUtilities.CreateInstance<T>(services) : Activator.CreateInstance<T>();
        call.DisposeAtEnd(created);
        return created;
    }

    public JsonElement DeriveSchema() => HostToolSchema.Of(_arguments);

    public async ValueTask<object?> RunAsync(object? target, HostToolCall call, CancellationToken cancellation)
    {
        object?[] values = Bind(call, cancellation);
        object? result = _method.IsStatic && target is not null
            ? _method.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [target, .. values], null)
            : _method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, values, null);
        return await _await(result).ConfigureAwait(false);
    }

    private static async ValueTask<object?> AwaitAsync<T>(Task<T> task) => await task.ConfigureAwait(false);

    private static async ValueTask<object?> AwaitAsync(Task task)
    {
        await task.ConfigureAwait(false);
        return null;
    }

    private static Func<object?, ValueTask<object?>> AwaiterOf(Type type)
    {
        if (type == typeof(ValueTask))
        {
            return static result => AwaitAsync(((ValueTask)result!).AsTask());
        }
        if (type == typeof(Task))
        {
            return static result => AwaitAsync((Task)result!);
        }
        if (type is { IsGenericType: true } && (type.GetGenericTypeDefinition() == typeof(Task<>)
            || type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
        {
            string name = type.GetGenericTypeDefinition() == typeof(Task<>) ? nameof(AwaitTask) : nameof(AwaitValueTask);
            return typeof(HostMethod).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(type.GetGenericArguments()[0]).CreateDelegate<Func<object?, ValueTask<object?>>>();
        }
        return static result => new ValueTask<object?>(result);
    }

    private static ValueTask<object?> AwaitTask<T>(object? result) => AwaitAsync((Task<T>)result!);

    private static ValueTask<object?> AwaitValueTask<T>(object? result) => AwaitAsync(((ValueTask<T>)result!).AsTask());

    private void Check()
    {
        foreach (ParameterInfo parameter in _arguments)
        {
            if (parameter.ParameterType.IsByRef || parameter.ParameterType.IsByRefLike || parameter.ParameterType.IsPointer)
            {
                throw new ArgumentException(
                    $"Parameter '{parameter.Name}' of host tool '{_tool}' has the type {parameter.ParameterType}, "
                    + "which Python cannot send.");
            }
        }
        Type result = _method.ReturnType;
        if (result.IsByRef || result.IsByRefLike || result.IsPointer)
        {
            throw new ArgumentException(
                $"Host tool '{_tool}' returns {result}, which Python cannot receive. Return a value, a stream, or a task of one.");
        }
        if (_method.IsDefined(typeof(AsyncStateMachineAttribute)) && result == typeof(void))
        {
            throw new ArgumentException($"Host tool '{_tool}' is async void, so nobody would see its end. Let it return a Task.");
        }
    }

    private object?[] Bind(HostToolCall call, CancellationToken cancellation)
    {
        if (call.PositionalCount > _arguments.Length)
        {
            throw new ArgumentException(
                $"{_tool}() takes {_arguments.Length} arguments, and {call.PositionalCount} were given. {Signature()}");
        }
        string? unknown = call.Names.FirstOrDefault(name => !Array.Exists(_arguments, argument => argument.Name == name));
        if (unknown is not null)
        {
            throw new ArgumentException($"{_tool}() has no parameter '{Shown.Text(unknown)}'. {Signature()}");
        }
        object?[] values = new object?[_parameters.Length];
        for (int i = 0, position = 0; i < values.Length; i++)
        {
            ParameterInfo parameter = _parameters[i];
            values[i] = parameter.ParameterType == typeof(CancellationToken) ? cancellation
                : parameter.ParameterType == typeof(HostToolCall) ? call
                : parameter.ParameterType == typeof(IServiceProvider) ? call.Services
                : Read(call, parameter, position++);
        }
        return values;
    }

    private object? Read(HostToolCall call, ParameterInfo parameter, int position)
    {
        string name = parameter.Name ?? "";
        if (position < call.PositionalCount)
        {
            return call.Names.Contains(name)
                ? throw new ArgumentException($"{_tool}() got '{name}' twice, by position and by name. {Signature()}")
                : _readers[position].Read(call, position);
        }
        if (call.Names.Contains(name))
        {
            return _readers[position].Read(call, name);
        }
        return parameter.HasDefaultValue ? parameter.DefaultValue
            : throw new ArgumentException($"{_tool}() needs the argument '{name}'. {Signature()}");
    }

    private string Signature() => "It takes (" + string.Join(", ", _arguments.Select(static argument =>
        $"{argument.Name}: {Shown.Type(argument.ParameterType)}{(argument.HasDefaultValue ? " = …" : "")}")) + ").";

    /// <summary>Reads an argument of a type that is known at run time only.</summary>
    private abstract class ArgumentReader
    {
        [RequiresUnreferencedCode("The type is known at run time only.")]
        [RequiresDynamicCode("The type is known at run time only.")]
        public static ArgumentReader Create(Type type) =>
            (ArgumentReader)Activator.CreateInstance(typeof(ArgumentReader<>).MakeGenericType(type))!;

        public abstract object? Read(HostToolCall call, string name);

        public abstract object? Read(HostToolCall call, int position);
    }

    private sealed class ArgumentReader<T> : ArgumentReader
    {
        public override object? Read(HostToolCall call, string name) => call.Get<T>(name);

        public override object? Read(HostToolCall call, int position) => call.Get<T>(position);
    }
}
