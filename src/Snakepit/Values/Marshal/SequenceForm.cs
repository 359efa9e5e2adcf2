using System.Buffers.Binary;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Snakepit.Values.Marshal;

/// <summary>Arrays, lists and what else is written as a list of its items.</summary>
internal sealed class SequenceForm(JsonTypeInfo contract, ContractForms forms, JsonForm json) : MarshalForm
{
    private readonly DeclaredType _item = new(contract.ElementType!, forms);
    private readonly Func<object>? _create = contract.CreateObject ?? ListFor(contract);

    public static bool IsPlain(JsonTypeInfo contract) =>
        contract is { ElementType: not null, NumberHandling: null, OnSerializing: null, OnSerialized: null, OnDeserializing: null, OnDeserialized: null }
        && (!contract.Type.IsArray || contract.Type.IsSZArray);

    public override void WriteBoxed(ref MarshalWriter writer, object value)
    {
        if (value is not ICollection items)
        {
            if (value is IEnumerable uncounted)
            {
                WriteUncounted(ref writer, uncounted);
            }
            else
            {
                json.WriteBoxed(ref writer, value); // a memory
            }
            return;
        }
        int left = items.Count;
        writer.WriteListStart(left);
        foreach (object? item in items)
        {
            _item.Write(ref writer, item);
            left--;
        }
        writer.WriteListEnd();
        if (left != 0)
        {
            throw new JsonException($"A {Shown.Type(value.GetType())} changed while it was written.");
        }
    }

    /// <summary>Writes aside first: how many items there are is only known behind them.</summary>
    private void WriteUncounted(ref MarshalWriter writer, IEnumerable items)
    {
        TranscodingBuffers buffers = TranscodingBuffers.Rent(writer.Limit);
        try
        {
            var aside = new MarshalWriter(buffers.Marshal, writer.Codec, writer.Depth);
            aside.WriteListStart(0);
            int count = 0;
            foreach (object? item in items)
            {
                _item.Write(ref aside, item);
                count++;
            }
            aside.WriteListEnd();
            aside.Flush();
            BinaryPrimitives.WriteInt32LittleEndian(buffers.Marshal.Written[1..], count);
            writer.WriteRaw(buffers.Marshal.Written);
        }
        finally
        {
            buffers.Return();
        }
    }

    public override bool TryReadBoxed(ref MarshalReader reader, out object? value)
    {
        value = null;
        if (reader.Peek() is not (MarshalType.List or MarshalType.Tuple))
        {
            return false;
        }
        int count = reader.ReadListStart();
        if (contract.Type.IsSZArray)
        {
            object?[] items = new object?[count];
            Array array = Array.CreateInstanceFromArrayType(contract.Type, count);
            for (int i = 0; i < count; i++)
            {
                if (!_item.TryRead(ref reader, out items[i]))
                {
                    return false;
                }
            }
            Array.Copy(items, array, count);
            value = array;
        }
        else if (_create?.Invoke() is IList { IsFixedSize: false, IsReadOnly: false } list)
        {
            for (; count > 0; count--)
            {
                if (!_item.TryRead(ref reader, out object? item))
                {
                    return false;
                }
                list.Add(item);
            }
            value = list;
        }
        reader.ReadListEnd();
        return value is not null;
    }

    /// <summary>What json's contracts fill the list interfaces with.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Only where dynamic code runs.")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "A list's constructor is always there.")]
    private static Func<object>? ListFor(JsonTypeInfo contract)
    {
        if (!contract.Type.IsInterface || !RuntimeFeature.IsDynamicCodeSupported)
        {
            return null;
        }
        Type list = typeof(List<>).MakeGenericType(contract.ElementType!);
        return list.IsAssignableTo(contract.Type) ? () => Activator.CreateInstance(list)! : null;
    }
}
