package io.apfa.realtime.protocol.bus;

import io.apfa.realtime.protocol.LimitKey;
import io.apfa.realtime.protocol.Limits;
import io.apfa.realtime.protocol.Task;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageFormat;
import org.msgpack.core.MessagePacker;
import org.msgpack.core.MessageUnpacker;

/**
 * Writes a record as a msgpack array of its components, in their order, and reads it back. A sealed
 * family is an array of two: the position of the class in its {@code permits} list, and the record.
 * An enum is its ordinal, a {@link Limits} a map of its keys.
 *
 * <p>Evolution: components, enum constants and family members are only ever added at the end. A
 * reader skips components it does not know and gives those it misses 0, false, null or an empty
 * collection, so nodes of neighbouring versions understand each other.
 *
 * <p>Immutable.
 */
final class RecordCodec {
  private static final Map<Class<?>, RecordCodec> RECORDS = new ConcurrentHashMap<>();
  private static final Map<Class<?>, Family> FAMILIES = new ConcurrentHashMap<>();

  private final boolean task;
  private final MethodHandle constructor;
  private final MethodHandle[] accessors;
  private final Field[] fields;

  private RecordCodec(Class<?> type) {
    task = type == Task.class;
    RecordComponent[] components = type.getRecordComponents();
    accessors = new MethodHandle[components.length];
    fields = new Field[components.length];
    Class<?>[] parameterTypes = new Class<?>[components.length];
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    try {
      for (int i = 0; i < components.length; i++) {
        parameterTypes[i] = components[i].getType();
        accessors[i] =
            lookup
                .unreflect(components[i].getAccessor())
                .asType(MethodType.methodType(Object.class, Object.class));
        fields[i] = Field.of(components[i].getGenericType());
      }
      constructor =
          lookup
              .findConstructor(type, MethodType.methodType(void.class, parameterTypes))
              .asSpreader(Object[].class, components.length)
              .asType(MethodType.methodType(Object.class, Object[].class));
    } catch (ReflectiveOperationException e) {
      throw new IllegalArgumentException(type + " (expected: a public record)", e);
    }
  }

  static RecordCodec of(Class<?> type) {
    RecordCodec known = RECORDS.get(type);
    if (known != null) {
      return known;
    }
    RecordCodec made = new RecordCodec(type);
    RECORDS.put(type, made);
    return made;
  }

  void write(Object value, MessagePacker out) throws IOException {
    if (task) {
      TaskForm.write((Task) value, out);
    } else {
      writeComponents(value, out);
    }
  }

  /** Writes any record, component by component. */
  void writeComponents(Object value, MessagePacker out) throws IOException {
    out.packArrayHeader(fields.length);
    for (int i = 0; i < fields.length; i++) {
      Object component;
      try {
        component = accessors[i].invokeExact(value);
      } catch (IOException | RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
      if (component == null) {
        out.packNil();
      } else {
        fields[i].write(component, out);
      }
    }
  }

  Object read(MessageUnpacker in) throws IOException {
    int count = in.unpackArrayHeader();
    @Nullable Object[] components = new @Nullable Object[fields.length];
    for (int i = 0; i < fields.length; i++) {
      components[i] = i < count && !in.tryUnpackNil() ? fields[i].read(in) : fields[i].absent();
    }
    if (count > fields.length) {
      in.skipValue(count - fields.length);
    }
    try {
      return constructor.invokeExact(components);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** A sealed family of records. */
  private static final class Family {
    private final List<Class<?>> members = new ArrayList<>();
    private final Map<Class<?>, Integer> numbers = new HashMap<>();

    Family(Class<?> sealed) {
      for (Class<?> member : sealed.getPermittedSubclasses()) {
        numbers.put(member, members.size());
        members.add(member);
      }
    }

    static Family of(Class<?> sealed) {
      return FAMILIES.computeIfAbsent(sealed, Family::new);
    }
  }

  static void writeMember(Class<?> sealed, Object value, MessagePacker out) throws IOException {
    Integer number = Family.of(sealed).numbers.get(value.getClass());
    if (number == null) {
      throw new IllegalArgumentException(
          value.getClass() + " (expected: a member of " + sealed + ")");
    }
    out.packArrayHeader(2);
    out.packInt(number);
    of(value.getClass()).write(value, out);
  }

  static Object readMember(Class<?> sealed, MessageUnpacker in) throws IOException {
    int size = in.unpackArrayHeader();
    int number = in.unpackInt();
    List<Class<?>> members = Family.of(sealed).members;
    if (size != 2 || number < 0 || number >= members.size()) {
      throw new IOException(
          sealed.getSimpleName()
              + ": member "
              + number
              + " (expected: 0 to "
              + (members.size() - 1)
              + "; a newer node may know more)");
    }
    return of(members.get(number)).read(in);
  }

  /** How one component is written and read. */
  private abstract static class Field {
    abstract void write(Object value, MessagePacker out) throws IOException;

    abstract Object read(MessageUnpacker in) throws IOException;

    @Nullable Object absent() {
      return null;
    }

    static Field of(Type type) {
      if (type instanceof ParameterizedType generic) {
        Field element = of(generic.getActualTypeArguments()[0]);
        return new CollectionField(element, generic.getRawType() == Set.class);
      }
      Class<?> raw = (Class<?>) type;
      if (raw == String.class) {
        return new TextField();
      } else if (raw == long.class) {
        return new LongField();
      } else if (raw == int.class) {
        return new IntField();
      } else if (raw == double.class || raw == Double.class) {
        return new DoubleField();
      } else if (raw == boolean.class) {
        return new BooleanField();
      } else if (raw == Buffer.class) {
        return new BufferField();
      } else if (raw == Limits.class) {
        return new LimitsField();
      } else if (raw.isEnum()) {
        return new EnumField(raw);
      } else if (raw.isRecord()) {
        return new RecordField(raw);
      } else if (raw.isSealed()) {
        return new MemberField(raw);
      }
      throw new IllegalArgumentException(
          type + " (expected: a type that RecordCodec can carry; see its Javadoc)");
    }
  }

  private static final class TextField extends Field {
    @Override
    void write(Object value, MessagePacker out) throws IOException {
      out.packString((String) value);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return in.unpackString();
    }
  }

  private static final class LongField extends Field {
    @Override
    void write(Object value, MessagePacker out) throws IOException {
      out.packLong((Long) value);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return in.unpackLong();
    }

    @Override
    Object absent() {
      return 0L;
    }
  }

  private static final class IntField extends Field {
    @Override
    void write(Object value, MessagePacker out) throws IOException {
      out.packInt((Integer) value);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return in.unpackInt();
    }

    @Override
    Object absent() {
      return 0;
    }
  }

  private static final class DoubleField extends Field {
    @Override
    void write(Object value, MessagePacker out) throws IOException {
      out.packDouble((Double) value);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return in.unpackDouble();
    }

    @Override
    Object absent() {
      return 0.0;
    }
  }

  private static final class BooleanField extends Field {
    @Override
    void write(Object value, MessagePacker out) throws IOException {
      out.packBoolean((Boolean) value);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return in.unpackBoolean();
    }

    @Override
    Object absent() {
      return false;
    }
  }

  private static final class BufferField extends Field {
    @Override
    void write(Object value, MessagePacker out) throws IOException {
      byte[] bytes = ((Buffer) value).getBytes();
      out.packBinaryHeader(bytes.length);
      out.writePayload(bytes);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return Buffer.buffer(in.readPayload(in.unpackBinaryHeader()));
    }

    @Override
    Object absent() {
      return Buffer.buffer();
    }
  }

  private static final class LimitsField extends Field {
    @Override
    void write(Object value, MessagePacker out) throws IOException {
      Map<LimitKey, Double> values = ((Limits) value).asMap();
      out.packMapHeader(values.size());
      for (Map.Entry<LimitKey, Double> entry : values.entrySet()) {
        out.packString(entry.getKey().key());
        out.packDouble(entry.getValue());
      }
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      Map<LimitKey, Double> values = new EnumMap<>(LimitKey.class);
      int count = in.unpackMapHeader();
      for (int i = 0; i < count; i++) {
        LimitKey key = LimitKey.ofKey(in.unpackString());
        double value = in.unpackDouble();
        if (key != null) {
          values.put(key, value);
        }
      }
      return Limits.of(values);
    }

    @Override
    Object absent() {
      return Limits.DEFAULTS;
    }
  }

  private static final class EnumField extends Field {
    private final Object[] constants;

    EnumField(Class<?> type) {
      constants = type.getEnumConstants();
    }

    @Override
    @SuppressWarnings("EnumOrdinal") // the form is the ordinal: constants are only added at the end
    void write(Object value, MessagePacker out) throws IOException {
      out.packInt(((Enum<?>) value).ordinal());
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      int ordinal = in.unpackInt();
      if (ordinal < 0 || ordinal >= constants.length) {
        throw new IOException(
            constants[0].getClass().getSimpleName()
                + ": "
                + ordinal
                + " (expected: 0 to "
                + (constants.length - 1)
                + ")");
      }
      return constants[ordinal];
    }

    @Override
    Object absent() {
      return constants[0];
    }
  }

  private static final class RecordField extends Field {
    private final Class<?> type;

    RecordField(Class<?> type) {
      this.type = type;
    }

    @Override
    void write(Object value, MessagePacker out) throws IOException {
      RecordCodec.of(type).write(value, out);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return RecordCodec.of(type).read(in);
    }
  }

  private static final class MemberField extends Field {
    private final Class<?> sealed;

    MemberField(Class<?> sealed) {
      this.sealed = sealed;
    }

    @Override
    void write(Object value, MessagePacker out) throws IOException {
      writeMember(sealed, value, out);
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      return readMember(sealed, in);
    }
  }

  private static final class CollectionField extends Field {
    private final Field element;
    private final boolean set;

    CollectionField(Field element, boolean set) {
      this.element = element;
      this.set = set;
    }

    @Override
    void write(Object value, MessagePacker out) throws IOException {
      Collection<?> elements = (Collection<?>) value;
      out.packArrayHeader(elements.size());
      for (Object each : elements) {
        element.write(each, out);
      }
    }

    @Override
    Object read(MessageUnpacker in) throws IOException {
      int count = in.unpackArrayHeader();
      Collection<Object> elements =
          set ? new LinkedHashSet<>() : new ArrayList<>(Math.min(count, 1024));
      for (int i = 0; i < count; i++) {
        if (in.getNextFormat() == MessageFormat.NIL) {
          throw new IOException("nil in a list (expected: a value)");
        }
        elements.add(element.read(in));
      }
      return elements;
    }

    @Override
    Object absent() {
      return set ? Set.of() : List.of();
    }
  }
}
