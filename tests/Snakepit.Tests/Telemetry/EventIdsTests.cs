using System.Reflection;
using Microsoft.Extensions.Logging;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Telemetry;

public sealed class EventIdsTests
{
    private static readonly FieldInfo[] s_ids = typeof(EventIds).GetFields(BindingFlags.Public | BindingFlags.Static);

    [Fact]
    public void Ids_are_never_shared() =>
        Assert.Equal(s_ids.Length, s_ids.Select(static id => id.GetRawConstantValue()).Distinct().Count());

    [Fact]
    public void Every_id_has_one_message_of_its_name()
    {
        IEnumerable<string> messages = typeof(Log).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Select(static method => (method.Name, method.GetCustomAttribute<LoggerMessageAttribute>()?.EventId))
            .Where(static message => message.EventId is not null)
            .Select(static message => $"{message.Name} {message.EventId}")
            .Concat([$"{nameof(Log.PythonOutput)} {EventIds.PythonOutput}", $"{nameof(Log.PythonLog)} {EventIds.PythonLog}"]);

        Assert.Equal(s_ids.Select(static id => $"{id.Name} {id.GetRawConstantValue()}").Order(), messages.Order());
    }
}
